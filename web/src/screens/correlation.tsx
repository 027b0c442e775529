/* correlation.tsx: one attribute against all others.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { segment, type Client } from "../api/client";
import type { Live } from "../api/types";
import { formatNumber } from "../format";
import { Empty, Failure, Num } from "../parts/parts";
import { usePoll } from "../parts/poll";

const MOST_AT_ONCE = 400;

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

export function CorrelationTab({ client, pid, live }: { client: Client; pid: string; live: Live }) {
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
      const maps = (values["KSVDMap"] as { values?: Record<string, number>[] })?.values ?? [];
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
  if (names.length < 2) {
    return (
      <Empty>
        <h2>Nothing to compare yet</h2>
        <p>Correlations need two continuous or binary attributes with rows.</p>
      </Empty>
    );
  }
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
              <th scope="row" class="name">
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
