/* ranking.tsx: one number for each of many attributes, as bars, the greatest first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { formatNumber } from "../format";
import { Num } from "../parts/parts";

interface RankingProps {
  title: string;
  keys: readonly { key: string; help: string }[];
  lines: readonly { name: string; answer: Readonly<Record<string, number>> }[];
}

/* The first key that is answered decides the order and the length of the bars. */
export function RankingView({ title, keys, lines }: RankingProps) {
  const shown = keys.filter(({ key }) => lines.some(({ answer }) => answer[key] !== undefined));
  const [main] = shown;
  if (!main) return <p class="notice">Nothing is defined for these attributes.</p>;
  const value = (line: (typeof lines)[number]) => line.answer[main.key];
  const order = [...lines].sort((a, b) => (value(b) ?? -Infinity) - (value(a) ?? -Infinity));
  const most = Math.max(1e-300, ...lines.map((line) => Math.abs(value(line) ?? 0)));
  return (
    <section class="panel" aria-label={title}>
      <header class="panel-head">
        <h2>{title}</h2>
      </header>
      <div class="scroll" tabIndex={0} role="group" aria-label={title}>
        <table class="data bars">
          <thead>
            <tr>
              <th scope="col">Attribute</th>
              {shown.map(({ key, help }) => (
                <th key={key} scope="col" class="num" title={help}>
                  {key}
                </th>
              ))}
              <th scope="col">
                <span class="sr-only">Bar</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {order.map((line) => (
              <tr key={line.name} data-attribute={line.name}>
                <th scope="row" class="name" title={line.name}>
                  {line.name}
                </th>
                {shown.map(({ key }) => (
                  <td key={key} class="num" data-key={key}>
                    <Num value={line.answer[key]} text={formatNumber(line.answer[key])} />
                  </td>
                ))}
                <td class="bar-cell">
                  <Bar share={Math.abs(value(line) ?? 0) / most} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/* A bar of a share between 0 and 1 of the room there is. */
export function Bar({ share }: { share: number }) {
  return (
    <svg class="corr" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect
        class="positive"
        x={0}
        y={1.5}
        width={Math.max(0, Math.min(1, share)) * 100}
        height={7}
      />
    </svg>
  );
}
