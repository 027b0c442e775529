/* question-menu.tsx: the list beside a question, to pick another one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { Exploration } from "../api/types";

interface QuestionMenuProps {
  metrics: readonly Exploration[];
  current: string;
  onPick: (id: string) => void;
}

export function QuestionMenu({ metrics, current, onPick }: QuestionMenuProps) {
  return (
    <nav class="panel menu" aria-label="Questions">
      {metrics.map((each) => (
        <button
          key={each.id}
          type="button"
          data-metric={each.id}
          aria-current={each.id === current ? "true" : undefined}
          onClick={() => onPick(each.id)}
        >
          {each.title}
        </button>
      ))}
    </nav>
  );
}
