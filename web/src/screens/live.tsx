/* live.tsx: the statistics of every attribute while rows flow in.
 *
 * The columns have fixed widths and every text keeps the width of its predecessor, so nothing moves
 * but the digits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useMemo, useRef, useState } from "preact/hooks";
import type { Client } from "../api/client";
import type { Live, LiveAttribute, Uni } from "../api/types";
import { linesOf, sortedLines } from "../data/lines";
import { decimalsOf, formatCount, formatNumber, formatValue } from "../format";
import { Empty, Num } from "../parts/parts";
import { Sparkline } from "../plots/sparkline";
import { DensityDialog } from "./density";

const SHOWN_AT_ONCE = 200;

const TYPE_NAMES: Record<string, string> = {
  C: "continuous",
  B: "binary",
  T: "category",
  S: "text",
  L: "list",
  X: "ignored",
};

interface Column {
  title: string;
  hint: string;
  value: (uni: Uni) => number | undefined;
  format: (value: number | undefined) => string;
  values?: boolean; /* shows values of the rows themselves: with the decimals that these have */
}

function interval(sign: number): (uni: Uni) => number | undefined {
  return ({ mean, meanMarginErrorC95: margin }) =>
    mean === undefined || margin === undefined ? undefined : mean + sign * margin;
}
const number = (value: number | undefined) => formatNumber(value);

const COLUMNS: readonly Column[] = [
  { title: "Count", hint: "Rows with a value", value: (u) => u.count, format: formatCount },
  { title: "Mean", hint: "Arithmetic mean", value: (u) => u.mean, format: number },
  {
    title: "CI 95 % low",
    hint: "Lower end of the 95 % confidence interval of the mean (Student's t)",
    value: interval(-1),
    format: number,
  },
  {
    title: "CI 95 % high",
    hint: "Upper end of the 95 % confidence interval of the mean (Student's t)",
    value: interval(1),
    format: number,
  },
  {
    title: "Std dev",
    hint: "Standard deviation of the population",
    value: (u) => u.stddev,
    format: number,
  },
  {
    title: "Std error",
    hint: "Standard deviation over the root of the count",
    value: (u) => u.stderr,
    format: number,
  },
  { title: "Skewness", hint: "Lack of symmetry", value: (u) => u.skewness, format: number },
  {
    title: "Kurtosis",
    hint: "Weight of the tails; 0 for a normal distribution",
    value: (u) => u.kurtosis,
    format: number,
  },
  { title: "Min", hint: "Least value", value: (u) => u.min, format: formatValue, values: true },
  {
    title: "Median",
    hint: "Half of the values lie below",
    value: (u) => u.median,
    format: formatValue,
    values: true,
  },
  { title: "Max", hint: "Greatest value", value: (u) => u.max, format: formatValue, values: true },
];

/* The columns as they are shown for these attributes. widest holds the decimals that each has had:
 * they only grow, lest digits jump to and fro. */
function columnsFor(
  attributes: readonly LiveAttribute[],
  widest: Map<string, number>,
): readonly Column[] {
  return COLUMNS.map((column) => {
    if (!column.values) return column;
    const needed = decimalsOf(attributes.map(({ uni }) => column.value(uni) ?? 0));
    const decimals = Math.max(needed, widest.get(column.title) ?? 0);
    widest.set(column.title, decimals);
    return { ...column, format: (value) => formatValue(value, decimals) };
  });
}

interface Sorting {
  column: Column;
  descending: boolean;
}

/* The greatest first, then the least first, then the order of the project again. */
function sortingAfter(now: Sorting | undefined, column: Column): Sorting | undefined {
  if (now?.column !== column) return { column, descending: true };
  return now.descending ? { column, descending: false } : undefined;
}

interface RowProps {
  attribute: LiveAttribute;
  label: string;
  columns: readonly Column[];
  position: number;
  onOpen: () => void;
}

function Row({ attribute, label, columns, position, onOpen }: RowProps) {
  const { name, type, uni, density } = attribute;
  return (
    <tr data-attribute={name} class={label === name ? undefined : "value"}>
      <td class="num faint">{position}</td>
      <th scope="row" class="name" title={name}>
        {label}
      </th>
      <td>
        <abbr class="type" title={TYPE_NAMES[type] ?? type}>
          {type}
        </abbr>
      </td>
      <td class="spark">
        <button
          type="button"
          class="bare"
          aria-label={`Histogram of ${name}`}
          disabled={!density}
          onClick={onOpen}
        >
          <Sparkline density={density} />
        </button>
      </td>
      {columns.map((column) => {
        const cell = column.value(uni);
        return (
          <td key={column.title} class="num" data-column={column.title}>
            <Num value={cell} text={column.format(cell)} />
          </td>
        );
      })}
    </tr>
  );
}

interface SortHeadProps {
  column: Column;
  sorting: Sorting | undefined;
  onSort: () => void;
}

function SortHead({ column, sorting, onSort }: SortHeadProps) {
  const order = sorting?.column === column ? sorting : undefined;
  const way = order?.descending ? "descending" : "ascending";
  return (
    <th scope="col" class="num" title={column.hint} aria-sort={order ? way : "none"}>
      <button type="button" class="bare sort" onClick={onSort}>
        {order ? <span aria-hidden="true">{order.descending ? "▾" : "▴"}</span> : null}
        {column.title}
      </button>
    </th>
  );
}

interface CategoryRowProps {
  name: string;
  values: number;
  open: boolean;
  onFold: () => void;
}

/* A category stands above its values, which have the statistics. */
function CategoryRow({ name, values, open, onFold }: CategoryRowProps) {
  return (
    <tr class="category" data-category={name}>
      <td />
      <th scope="row" class="name" title={name}>
        <button type="button" class="link" aria-expanded={open} onClick={onFold}>
          {open ? "▾" : "▸"} {name}
        </button>
      </th>
      <td>
        <abbr class="type" title="category">
          T
        </abbr>
      </td>
      <td class="muted" colSpan={COLUMNS.length + 1}>
        {formatCount(values)} {values === 1 ? "value" : "values"}
      </td>
    </tr>
  );
}

export function LiveTab({ client, pid, live }: { client: Client; pid: string; live: Live }) {
  const [filter, setFilter] = useState("");
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  const [open, setOpen] = useState<LiveAttribute | undefined>();
  const [sorting, setSorting] = useState<Sorting | undefined>();
  const widest = useRef(new Map<string, number>());
  const attributes = live.attributes ?? [];
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const wanted = useMemo(() => {
    if (!sorting) return linesOf(attributes, filter, folded);
    const { column, descending } = sorting;
    return sortedLines(attributes, filter, ({ uni }) => column.value(uni), descending);
  }, [attributes, filter, folded, sorting]);
  const rows = wanted.slice(0, shown);
  const columns = columnsFor(
    rows.flatMap((line) => (line.kind === "attribute" ? [line.attribute] : [])),
    widest.current,
  );
  const fold = (name: string) => {
    const next = new Set(folded);
    if (!next.delete(name)) next.add(name);
    setFolded(next);
  };
  if (attributes.length === 0) {
    return (
      <Empty>
        <h2>No rows yet</h2>
        <p>
          Statistics appear here with the first rows: from a Kafka topic by{" "}
          <code>weir connect</code>, or from any program by <code>POST …/projects/{pid}/learn</code>
          .
        </p>
      </Empty>
    );
  }
  return (
    <section class="panel" aria-label="Univariate statistics">
      <header class="panel-head">
        <h2>Univariate statistics</h2>
        <span class="muted">{live.histograms ? "select a histogram to enlarge it" : null}</span>
        <span class="grow" />
        {attributes.length > 12 ? (
          <input
            type="search"
            placeholder="Filter attributes"
            aria-label="Filter attributes"
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        ) : null}
      </header>
      <div class="scroll" tabIndex={0} role="group" aria-label="Table of statistics">
        <table class="data live">
          <colgroup>
            <col class="col-position" />
            <col class="col-name" />
            <col class="col-type" />
            <col class="col-spark" />
            {COLUMNS.map((column) => (
              <col key={column.title} class="col-number" />
            ))}
          </colgroup>
          <thead>
            <tr>
              <th scope="col" class="num">
                #
              </th>
              <th scope="col">Attribute</th>
              <th scope="col">
                <span class="sr-only">Type</span>
              </th>
              <th scope="col">Distribution</th>
              {COLUMNS.map((column) => (
                <SortHead
                  key={column.title}
                  column={column}
                  sorting={sorting}
                  onSort={() => setSorting(sortingAfter(sorting, column))}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((line) =>
              line.kind === "attribute" ? (
                <Row
                  key={line.attribute.name}
                  attribute={line.attribute}
                  label={(sorting ? undefined : line.attribute.value) ?? line.attribute.name}
                  columns={columns}
                  position={line.position}
                  onOpen={() => setOpen(line.attribute)}
                />
              ) : (
                <CategoryRow
                  key={`category ${line.name}`}
                  name={line.name}
                  values={line.values}
                  open={line.open}
                  onFold={() => fold(line.name)}
                />
              ),
            )}
          </tbody>
        </table>
      </div>
      {wanted.length > shown ? (
        <p class="more">
          <button type="button" onClick={() => setShown(shown + SHOWN_AT_ONCE)}>
            Show more ({formatCount(wanted.length - shown)} left)
          </button>
        </p>
      ) : null}
      {open ? (
        <DensityDialog
          client={client}
          pid={pid}
          attribute={attributes.find(({ name }) => name === open.name) ?? open}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
    </section>
  );
}
