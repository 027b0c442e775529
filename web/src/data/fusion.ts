/* fusion.ts: the cells of a fusion project as forms hold them. A cell is a project of this or another
 * server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

export interface FusionCell {
  host: string; /* the root of its server: http://host:8080 */
  cid: string;
  sk: string; /* the user's secret; empty for a cell that the project has already: it keeps its own */
  pid: string;
}

export const NEW_CELL: FusionCell = { host: "", cid: "", sk: "", pid: "" };

/* What the server says of a cell; "OK" where nothing is the matter. */
export interface CellStatus {
  host: string;
  cid: string;
  pid: string;
  status: string;
}

const FIELDS = ["host", "cid", "sk", "pid"] as const;

export function isEmptyCell(cell: FusionCell): boolean {
  return FIELDS.every((field) => cell[field].trim() === "");
}

function trimmed(cell: FusionCell): FusionCell {
  return {
    host: cell.host.trim().replace(/\/+$/, ""),
    cid: cell.cid.trim(),
    sk: cell.sk.trim(),
    pid: cell.pid.trim(),
  };
}

function cellProblem(cell: FusionCell): string | undefined {
  if (!/^https?:\/\/[^/]+/.test(cell.host)) {
    return "A host is the address of a server: http://host:8080.";
  }
  if (cell.cid === "") return "Say as whom the server is asked.";
  if (cell.sk === "") return "Asking needs the secret of that user.";
  return cell.pid === "" ? "Name the project." : undefined;
}

const same = (a: FusionCell, b: FusionCell) =>
  a.host === b.host && a.cid === b.cid && a.pid === b.pid;

/* The list with one cell more. Throws what stands in its way; one that is there twice would count
 * twice. */
export function withCell(cells: readonly FusionCell[], cell: FusionCell): FusionCell[] {
  const added = trimmed(cell);
  const problem = cellProblem(added);
  if (problem) throw new Error(problem);
  if (cells.some((other) => same(other, added))) {
    throw new Error(`${added.pid} of ${added.host} is there already.`);
  }
  return [...cells, added];
}

/* What was left in the fields belongs to the list too. */
export function allCells(cells: readonly FusionCell[], left: FusionCell): readonly FusionCell[] {
  const all = isEmptyCell(left) ? cells : withCell(cells, left);
  if (all.length === 0) throw new Error("A fusion project needs a cell.");
  return all;
}
