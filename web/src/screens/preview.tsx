/* preview.tsx: the first rows of a source, with types that can be corrected.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { DataFrame } from "../api/types";
import { COLUMN_TYPES } from "../data/source";

interface PreviewProps {
  frame: DataFrame;
  types: readonly string[];
  onTypes?: (types: string[]) => void; /* without it types are only shown */
}

export function Preview({ frame, types, onTypes }: PreviewProps) {
  return (
    <div class="scroll tall" tabIndex={0} role="group" aria-label="First rows">
      <table class="data preview">
        <caption>the first {frame.data.length} rows</caption>
        <thead>
          <tr>
            {frame.attributeNames.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
          <tr>
            {frame.attributeNames.map((name, i) => (
              <td key={name}>
                {onTypes ? (
                  <select
                    aria-label={`Type of ${name}`}
                    value={types[i]}
                    onChange={(event) =>
                      onTypes(types.map((type, k) => (k === i ? event.currentTarget.value : type)))
                    }
                  >
                    {COLUMN_TYPES.map(({ letter, title }) => (
                      <option key={letter} value={letter}>
                        {title}
                      </option>
                    ))}
                  </select>
                ) : (
                  <span class="muted">
                    {COLUMN_TYPES.find(({ letter }) => letter === types[i])?.title ?? types[i]}
                  </span>
                )}
              </td>
            ))}
          </tr>
        </thead>
        <tbody>
          {frame.data.map((row, r) => (
            <tr key={r}>
              {row.map((cell, i) => (
                <td key={i}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
