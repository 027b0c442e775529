/* fusion.tsx: projects that are the merge of others, which may be on other servers: which these are,
 * and how they are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { messageOf, query, segment, type Client } from "../api/client";
import { readCells, readCellStatus } from "../data/answers";
import { nameProblem } from "../data/form";
import { allCells, isEmptyCell, NEW_CELL, withCell, type FusionCell } from "../data/fusion";
import { DialogForm } from "../parts/dialog-form";
import { Badge, Failure } from "../parts/parts";
import { usePoll } from "../parts/poll";
import { go } from "../parts/route";

const pathOf = (pid: string) => `/projects/fusion/${segment(pid)}`;

async function statusOf(client: Client, pid: string, cells: readonly FusionCell[]) {
  const { values } = await client.post(`${pathOf(pid)}/cellsStatus`, { values: cells });
  return readCellStatus(values).map(({ status }) => status);
}

interface NewFusionProps {
  client: Client;
  onClose: () => void;
}

export function NewFusion({ client, onClose }: NewFusionProps) {
  const [pid, setPid] = useState("");
  const name = pid.trim();
  const submit = async (cells: readonly FusionCell[]) => {
    const problem = nameProblem("A project", name);
    if (problem) throw new Error(problem);
    await client.post(`/projects/fusion/create${query({ pid: name, persist: true })}`, {
      values: cells,
    });
    go({ screen: "project", pid: name, tab: "properties" });
  };
  return (
    <CellsDialog
      client={client}
      pid={name === "" ? "unnamed" : name}
      title="New fusion project"
      action="Create"
      known={[]}
      onSubmit={submit}
      onClose={onClose}
    >
      <label>
        Name
        <input
          name="pid"
          spellcheck={false}
          value={pid}
          onInput={(event) => setPid(event.currentTarget.value)}
        />
        <span class="help">
          It becomes the merge of its cells: projects of this or other servers, which are asked for
          their statistics, never for rows.
        </span>
      </label>
    </CellsDialog>
  );
}

interface CellsDialogProps {
  client: Client;
  pid: string;
  title: string;
  action: string;
  known: readonly FusionCell[];
  onSubmit: (cells: readonly FusionCell[]) => Promise<void>;
  onClose: () => void;
  children?: ComponentChildren;
}

function CellsDialog(props: CellsDialogProps) {
  const { client, pid, title, action, known, onSubmit, onClose, children } = props;
  const [cells, setCells] = useState<readonly FusionCell[]>(known);
  const [row, setRow] = useState<FusionCell>(NEW_CELL);
  const [statuses, setStatuses] = useState<readonly string[] | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const change = (list: readonly FusionCell[]) => {
    setCells(list);
    setStatuses(undefined);
    setRefused(undefined);
  };
  const attempt = async (work: () => void | Promise<void>) => {
    setRefused(undefined);
    setBusy(true);
    try {
      await work();
    } catch (error) {
      setRefused(messageOf(error));
    }
    setBusy(false);
  };
  const add = () =>
    attempt(() => {
      change(withCell(cells, row));
      setRow(NEW_CELL);
    });
  const validate = () =>
    attempt(async () => {
      const all = allCells(cells, row);
      change(all);
      setRow(NEW_CELL);
      setStatuses(await statusOf(client, pid, all));
    });
  return (
    <DialogForm
      title={title}
      action={action}
      wide
      onSubmit={() => onSubmit(allCells(cells, row))}
      onClose={onClose}
      extra={
        <button type="button" disabled={busy} onClick={() => void validate()}>
          Validate
        </button>
      }
    >
      {children}
      <fieldset>
        <legend>Cell</legend>
        <div class="fields">
          <CellText title="Host" field="host" hint="http://host:8080" row={row} onRow={setRow} />
          <CellText title="User" field="cid" row={row} onRow={setRow} />
          <CellText title="Key" field="sk" row={row} onRow={setRow} />
          <CellText title="Project" field="pid" row={row} onRow={setRow} />
        </div>
        <div class="with-button">
          <button type="button" disabled={busy} onClick={() => void add()}>
            Add
          </button>
          <button type="button" disabled={isEmptyCell(row)} onClick={() => setRow(NEW_CELL)}>
            Clear
          </button>
        </div>
      </fieldset>
      <Failure text={refused} />
      {cells.length > 0 ? (
        <CellTable
          cells={cells}
          statuses={statuses}
          onDelete={(at) => change(cells.filter((_, i) => i !== at))}
        />
      ) : null}
    </DialogForm>
  );
}

interface CellTextProps {
  title: string;
  field: keyof FusionCell;
  hint?: string;
  row: FusionCell;
  onRow: (row: FusionCell) => void;
}

function CellText({ title, field, hint, row, onRow }: CellTextProps) {
  const kind =
    field === "sk"
      ? ({ type: "password", autocomplete: "new-password" } as const)
      : ({ type: "text", autocomplete: "off" } as const);
  return (
    <label>
      {title}
      <input
        name={`cell-${field}`}
        {...kind}
        spellcheck={false}
        placeholder={hint ?? ""}
        value={row[field]}
        onInput={(event) => onRow({ ...row, [field]: event.currentTarget.value })}
      />
    </label>
  );
}

interface CellTableProps {
  cells: readonly FusionCell[];
  statuses: readonly string[] | undefined; /* one a cell, once they were asked */
  onDelete?: (at: number) => void;
}

function CellTable({ cells, statuses, onDelete }: CellTableProps) {
  return (
    <div class="scroll tall" tabIndex={0} role="group" aria-label="Cells">
      <table class="data cells">
        <thead>
          <tr>
            <th scope="col">Project</th>
            <th scope="col">Host</th>
            <th scope="col">User</th>
            <th scope="col">Status</th>
            {onDelete ? (
              <th scope="col">
                <span class="sr-only">Actions</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {cells.map(({ host, cid, pid }, i) => (
            <tr key={`${host} ${cid} ${pid}`} data-cell={pid}>
              <th scope="row" class="name" title={pid}>
                {pid}
              </th>
              <td class="clip" title={host}>
                {host}
              </td>
              <td class="clip" title={cid}>
                {cid}
              </td>
              <td class="wrap" data-column="status">
                <Status text={statuses?.[i]} />
              </td>
              {onDelete ? (
                <td class="end">
                  <button
                    type="button"
                    class="quiet"
                    aria-label={`Delete ${pid} of ${host}`}
                    onClick={() => onDelete(i)}
                  >
                    Delete
                  </button>
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Status({ text }: { text: string | undefined }) {
  if (text === undefined) return <span class="muted">not asked yet</span>;
  if (text === "OK") return <Badge kind="good">OK</Badge>;
  return (
    <>
      <Badge kind="bad">failed</Badge> {text}
    </>
  );
}

interface FusionCellsProps {
  client: Client;
  pid: string;
  error: string | undefined; /* why the last round of asking failed */
  onChanged: (sentence: string) => void;
}

/* Of a project that is there. */
export function FusionCells({ client, pid, error, onChanged }: FusionCellsProps) {
  const [cells, setCells] = useState<readonly FusionCell[] | undefined>();
  const [statuses, setStatuses] = useState<readonly string[] | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const [editing, setEditing] = useState(false);
  const [round, setRound] = useState(0);
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get(`${pathOf(pid)}/cells`);
      if (alive()) setCells(readCells(values));
    },
    5000,
    [client, pid, round],
  );
  const validate = async () => {
    try {
      setStatuses(await statusOf(client, pid, cells ?? []));
      setRefused(undefined);
    } catch (why) {
      setRefused(messageOf(why));
    }
  };
  const update = async (list: readonly FusionCell[]) => {
    await client.post(`${pathOf(pid)}/updateCellsInfo`, { values: list });
    setStatuses(undefined);
    setRound((before) => before + 1);
    onChanged("Its cells are others from now on.");
  };
  return (
    <section class="panel" aria-label="Cells">
      <header class="panel-head">
        <h2>Cells</h2>
        <span class="grow" />
        <button type="button" disabled={!cells} onClick={() => void validate()}>
          Validate
        </button>
        <button type="button" disabled={!cells} onClick={() => setEditing(true)}>
          Edit cells…
        </button>
      </header>
      <Failure text={failure ?? refused ?? error} />
      {cells && cells.length > 0 ? (
        <CellTable cells={cells} statuses={statuses} />
      ) : cells ? (
        <p class="padded muted">It has no cells.</p>
      ) : null}
      {editing && cells ? (
        <CellsDialog
          client={client}
          pid={pid}
          title={`Cells of ${pid}`}
          action="Update"
          known={cells}
          onSubmit={update}
          onClose={() => setEditing(false)}
        />
      ) : null}
    </section>
  );
}
