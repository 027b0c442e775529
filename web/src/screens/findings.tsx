/* findings.tsx: a metric's answer as tables and pictures.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { Exploration } from "../api/types";
import {
  type Answer,
  type AnovaLine,
  type Contingency,
  type Difference,
  type Findings,
  type Group,
} from "../data/findings";
import { groupNamesWith, isChance, verdict } from "../data/hypotheses";
import type { Context } from "../data/question";
import { formatChance, formatCount, formatNumber } from "../format";
import { Figure, Num } from "../parts/parts";
import { Means, type MeansGroup } from "../plots/means";

interface FindingsProps {
  metric: Exploration;
  context: Context;
  isBinary: (name: string) => boolean;
  answer: Answer;
  groups: readonly MeansGroup[]; /* behind an analysis of variance */
  findings: Findings;
}

export function FindingsView(props: FindingsProps) {
  const { metric, context, isBinary, answer, findings } = props;
  const { groups, difference, anova, contingency, rest } = findings;
  const names = groupNamesWith(context, isBinary) ?? ["1", "2"];
  const undefinedAll = Object.keys(answer).length === 0;
  return (
    <div class="stack" data-result={metric.id}>
      {undefinedAll ? (
        <p class="notice">These rows do not determine an answer: too few, or without variance.</p>
      ) : null}
      {groups ? <GroupsView names={names} groups={groups} difference={difference} /> : null}
      {anova ? <AnovaTable lines={anova} /> : null}
      {anova && props.groups.length > 0 ? <MeansFigure lines={props.groups} /> : null}
      {contingency ? <ContingencyTable table={contingency} /> : null}
      {rest.length > 0 ? <KeysTable metric={metric} rest={rest} /> : null}
      <Verdicts answer={answer} />
    </div>
  );
}

/* What each chance of the answer says; a test may know two, for equal and for unequal variances. */
function Verdicts({ answer }: { answer: Answer }) {
  const chances = Object.entries(answer).filter(([key]) => isChance(key));
  return (
    <>
      {chances.map(([key, p]) => (
        <p key={key} class="muted" data-verdict={key}>
          {verdict(p)} ({key} = {formatChance(p)}).
        </p>
      ))}
    </>
  );
}

function valueText(key: string, value: number): string {
  if (isChance(key)) return formatChance(value);
  return Number.isInteger(value) ? formatCount(value) : formatNumber(value, 6);
}

function KeysTable({ metric, rest }: { metric: Exploration; rest: Findings["rest"] }) {
  const help = (key: string) => metric.keys.find((each) => each.key === key)?.help ?? "";
  return (
    <section class="panel" aria-label="Result">
      <table class="data result">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col" class="num">
              Value
            </th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {rest.map(([key, value]) => (
            <tr key={key} data-key={key}>
              <th scope="row">
                <code>{key}</code>
              </th>
              <td class="num">
                <Num value={value} text={valueText(key, value)} />
              </td>
              <td class="muted wrap">{help(key)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface GroupsProps {
  names: readonly [string, string];
  groups: [Group, Group];
  difference: Difference | undefined;
}

function GroupsView({ names, groups, difference }: GroupsProps) {
  const lines = groups.map((group, i) => ({ name: names[i] ?? "", ...group }));
  return (
    <>
      <section class="panel scroll" aria-label="Groups">
        <GroupsTable lines={lines} difference={difference} />
      </section>
      <MeansFigure lines={lines} />
    </>
  );
}

function MeansFigure({ lines }: { lines: readonly MeansGroup[] }) {
  return (
    <Figure
      name="means"
      title="Means and standard deviations"
      note="point: mean; thick: its 95 % interval; thin: one standard deviation"
      table={() => (
        <div class="scroll">
          <GroupsTable lines={lines} />
        </div>
      )}
    >
      <Means groups={lines} />
    </Figure>
  );
}

interface GroupsTableProps {
  lines: readonly MeansGroup[];
  difference?: Difference | undefined;
}

function GroupsTable({ lines, difference }: GroupsTableProps) {
  const cell = (column: string, value: number, text: string) => (
    <td class="num" data-column={column}>
      <Num value={value} text={text} />
    </td>
  );
  return (
    <table class="data groups">
      <thead>
        <tr>
          <th scope="col">Group</th>
          {["Count", "Mean", "Variance"].map((title) => (
            <th key={title} scope="col" class="num">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map(({ name, count, mean, variance }, i) => (
          <tr key={i} data-group={i + 1}>
            <th scope="row" class="name" title={name}>
              {name}
            </th>
            {cell("count", count, formatCount(count))}
            {cell("mean", mean, formatNumber(mean))}
            {cell("variance", variance, formatNumber(variance))}
          </tr>
        ))}
        {difference ? (
          <tr data-group="difference">
            <th scope="row" class="name">
              Difference, with its 95 % interval
            </th>
            <td />
            {cell("mean", difference.value, formatNumber(difference.value))}
            <td class="num">
              <span data-column="low">
                <Num value={difference.low} text={formatNumber(difference.low)} />
              </span>
              {" … "}
              <span data-column="high">
                <Num value={difference.high} text={formatNumber(difference.high)} />
              </span>
            </td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}

function AnovaTable({ lines }: { lines: readonly AnovaLine[] }) {
  const cell = (column: string, value: number | undefined, text: string) => (
    <td class="num" data-column={column}>
      {value === undefined ? null : <Num value={value} text={text} />}
    </td>
  );
  return (
    <section class="panel scroll" aria-label="Analysis of variance">
      <table class="data anova">
        <thead>
          <tr>
            <th scope="col">Source</th>
            {["Sum of squares", "Degrees of freedom", "Mean square", "F", "P"].map((title) => (
              <th key={title} scope="col" class="num">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ source, squares, freedom, mean, f, p }) => (
            <tr key={source} data-source={source}>
              <th scope="row">{source}</th>
              {cell("SS", squares, formatNumber(squares))}
              {cell("df", freedom, formatCount(freedom))}
              {cell("MS", mean, formatNumber(mean))}
              {cell("F", f, formatNumber(f))}
              {cell("P", p, formatChance(p))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const ROWS_SHOWN = 200;
const COLUMNS_SHOWN = 50;

/* Totals are those of the whole table, also where only its beginning is shown. */
function ContingencyTable({ table }: { table: Contingency }) {
  const { observed, expected, rowTotals, columnTotals, total } = table;
  const rows = table.rows.slice(0, ROWS_SHOWN);
  const columns = table.columns.slice(0, COLUMNS_SHOWN);
  const more = table.rows.length > rows.length || table.columns.length > columns.length;
  return (
    <section class="panel scroll" aria-label="Observed and expected counts">
      <table class="data contingency">
        <caption>
          observed, and below it what independence would lead to expect
          {more ? `; the first ${rows.length} rows and ${columns.length} columns` : null}
        </caption>
        <thead>
          <tr>
            <td />
            {columns.map((column) => (
              <th key={column} scope="col" class="num">
                {column}
              </th>
            ))}
            <th scope="col" class="num">
              Total
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={row} data-row={row}>
              <th scope="row" class="name" title={row}>
                {row}
              </th>
              {columns.map((column, c) => (
                <td key={column} class="num two" data-cell={column}>
                  <Num value={observed[r]?.[c]} text={formatCount(observed[r]?.[c])} />
                  <span class="faint">
                    <Num value={expected[r]?.[c]} text={formatNumber(expected[r]?.[c], 1)} />
                  </span>
                </td>
              ))}
              <td class="num" data-cell="total">
                <Num value={rowTotals[r]} text={formatCount(rowTotals[r])} />
              </td>
            </tr>
          ))}
          <tr data-row="total">
            <th scope="row">Total</th>
            {columns.map((column, c) => (
              <td key={column} class="num">
                <Num value={columnTotals[c]} text={formatCount(columnTotals[c])} />
              </td>
            ))}
            <td class="num">
              <Num value={total} text={formatCount(total)} />
            </td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}
