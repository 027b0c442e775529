/* option-field.tsx: one option of a form: its name, its range, its help, as the server lists them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useId } from "preact/hooks";
import type { AlgorithmOption } from "../api/types";
import { rangeText } from "../data/form";

const INPUT_MODES: Partial<Record<AlgorithmOption["type"], "numeric" | "decimal">> = {
  integer: "numeric",
  number: "decimal",
};

interface OptionFieldProps {
  option: AlgorithmOption;
  text: string;
  problem: string | undefined;
  onText: (text: string) => void;
}

export function OptionField({ option, text, problem, onText }: OptionFieldProps) {
  const help = useId();
  const range = rangeText(option);
  const common = { name: option.name, "aria-describedby": help };
  return (
    <div class="option">
      {option.type === "boolean" ? (
        <label class="inline">
          <input
            {...common}
            type="checkbox"
            checked={text === "true" || text === "1"}
            onChange={(event) => onText(String(event.currentTarget.checked))}
          />
          <code>{option.name}</code>
        </label>
      ) : (
        <label>
          <code>{option.name}</code>
          {option.type === "choice" ? (
            <select
              {...common}
              value={text}
              onChange={(event) => onText(event.currentTarget.value)}
            >
              {(option.choices ?? []).map((choice) => (
                <option key={choice}>{choice}</option>
              ))}
            </select>
          ) : (
            <input
              {...common}
              inputMode={INPUT_MODES[option.type] ?? "text"}
              spellcheck={false}
              placeholder={option.default || (option.required ? "needed" : "")}
              value={text}
              aria-invalid={problem !== undefined}
              onInput={(event) => onText(event.currentTarget.value)}
            />
          )}
        </label>
      )}
      <span id={help} class={problem ? "help bad" : "help"}>
        {problem ?? (range ? `${option.help} (${range})` : option.help)}
      </span>
    </div>
  );
}
