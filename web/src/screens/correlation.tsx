/* correlation.tsx: one attribute against all others, and all against all.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { segment } from "../api/client";
import { readNumbers } from "../data/answers";
import { pairIndex, pairsOf, withItself } from "../data/matrix";
import { formatNumber } from "../format";
import { useAnswer } from "../parts/ask";
import { Empty, Failure, Figure, Num } from "../parts/parts";
import { usePoll } from "../parts/poll";
import { Heat } from "../plots/heat";
import type { TabProps } from "./project";

const MOST_AT_ONCE = 400;
const MOST_IN_MATRIX = 48; /* 1,128 pairs */

interface Pair {
  name: string;
  covariance: number | undefined;
  correlation: number | undefined;
}

/* A bar from the middle, to the right when the two rise together. */
function CorrelationBar({ value }: { value: number | undefined }) {
  if (value === undefined) return null;
  const size = Math.min(1, Math.abs(value)) * 50;
  return (
    <svg class="corr" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect
        class={value < 0 ? "negative" : "positive"}
        x={value < 0 ? 50 - size : 50}
        y={1.5}
        width={size}
        height={7}
      />
      <path d="M50 0v10" />
    </svg>
  );
}

export function CorrelationTab(props: TabProps) {
  const attributes = props.live.attributes ?? [];
  if (attributes.length < 2) {
    return (
      <Empty>
        <h2>Nothing to compare yet</h2>
        <p>Correlations need two continuous or binary attributes with rows.</p>
      </Empty>
    );
  }
  return (
    <>
      <OneAgainstAll {...props} />
      <Matrix {...props} />
    </>
  );
}

/* The whole matrix, of the first attributes where there are too many to draw. */
function Matrix({ client, pid, live }: TabProps) {
  const all = (live.attributes ?? []).map(({ name }) => name);
  const [first, setFirst] = useState(0);
  const from = Math.min(first, Math.max(0, all.length - 1));
  const names = all.slice(from, from + MOST_IN_MATRIX);
  const { answer, failure } = useAnswer(names.join("\n"), live.sequence, true, async () => {
    const { values } = await client.post(
      `/projects/${segment(pid)}/explore?metric=bi&returnProjectInfo=false`,
      { values: pairsOf(names).map((pair) => ({ inputAttributeNames: pair })) },
    );
    return readNumbers(values).map((map) => map["linCorr"]);
  });
  const at = (row: number, column: number) => {
    const pair = pairIndex(row, column, names.length);
    if (pair !== undefined) return answer?.[pair];
    return withItself(live.attributes?.[from + row]?.uni.variance);
  };
  const note =
    all.length > names.length
      ? `attributes ${from + 1} to ${from + names.length} of ${all.length}`
      : "correlation of each attribute with each";
  return (
    <>
      <Failure text={failure} />
      <Figure
        name="correlations"
        title="All pairs"
        note={note}
        controls={
          all.length > MOST_IN_MATRIX ? (
            <>
              <button
                type="button"
                class="quiet"
                disabled={from === 0}
                onClick={() => setFirst(Math.max(0, from - MOST_IN_MATRIX))}
              >
                Previous
              </button>
              <button
                type="button"
                class="quiet"
                disabled={from + MOST_IN_MATRIX >= all.length}
                onClick={() => setFirst(from + MOST_IN_MATRIX)}
              >
                Next
              </button>
            </>
          ) : null
        }
        table={() => <MatrixTable names={names} at={at} />}
      >
        <Heat names={names} at={at} label={`Correlations of ${names.length} attributes`} />
      </Figure>
    </>
  );
}

interface MatrixTableProps {
  names: readonly string[];
  at: (row: number, column: number) => number | undefined;
}

function MatrixTable({ names, at }: MatrixTableProps) {
  return (
    <div class="scroll tall" tabIndex={0} role="group" aria-label="Correlations">
      <table class="data matrix">
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th key={name} scope="col" class="num">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((row, r) => (
            <tr key={row} data-attribute={row}>
              <th scope="row" class="name" title={row}>
                {row}
              </th>
              {names.map((column, c) => (
                <td key={column} class="num" data-with={column}>
                  <Num value={at(r, c)} text={formatNumber(at(r, c))} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OneAgainstAll({ client, pid, live }: TabProps) {
  const names = (live.attributes ?? []).map(({ name }) => name);
  const [picked, setPicked] = useState<string | undefined>();
  const [pairs, setPairs] = useState<readonly Pair[]>([]);
  const [strongest, setStrongest] = useState(false);
  const base = picked !== undefined && names.includes(picked) ? picked : names[0];
  const failure = usePoll(
    async (alive) => {
      if (base === undefined) return;
      const others = names.filter((name) => name !== base).slice(0, MOST_AT_ONCE);
      if (others.length === 0) return;
      const { values } = await client.post(
        `/projects/${segment(pid)}/explore?metric=bi&returnProjectInfo=false`,
        { values: others.map((name) => ({ inputAttributeNames: [base, name] })) },
      );
      const maps = readNumbers(values);
      if (!alive()) return;
      setPairs(
        others.map((name, i) => ({
          name,
          covariance: maps[i]?.["covar"],
          correlation: maps[i]?.["linCorr"],
        })),
      );
    },
    1000,
    [base, names.join("\n")],
  );
  const order = strongest
    ? [...pairs].sort((a, b) => Math.abs(b.correlation ?? 0) - Math.abs(a.correlation ?? 0))
    : pairs;
  return (
    <section class="panel" aria-label="Correlation">
      <header class="panel-head">
        <h2>Correlation</h2>
        <label class="inline">
          with
          <select value={base} onChange={(event) => setPicked(event.currentTarget.value)}>
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <span class="grow" />
        <label class="inline">
          <input
            type="checkbox"
            checked={strongest}
            onChange={(event) => setStrongest(event.currentTarget.checked)}
          />
          Strongest first
        </label>
      </header>
      <Failure text={failure} />
      <table class="data pairs">
        <thead>
          <tr>
            <th scope="col">Attribute</th>
            <th scope="col" class="num">
              Covariance
            </th>
            <th scope="col" class="num">
              Correlation
            </th>
            <th scope="col" class="scale">
              <span>−1</span>
              <span>0</span>
              <span>1</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {order.map((pair) => (
            <tr key={pair.name} data-attribute={pair.name}>
              <th scope="row" class="name" title={pair.name}>
                {pair.name}
              </th>
              <td class="num">
                <Num value={pair.covariance} text={formatNumber(pair.covariance)} />
              </td>
              <td class="num">
                <Num value={pair.correlation} text={formatNumber(pair.correlation)} />
              </td>
              <td>
                <CorrelationBar value={pair.correlation} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
