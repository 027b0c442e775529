/* ask.ts: the answer to a question about a project, kept up to date on request.
 *
 * A question is asked once. With auto it is asked again whenever the project's sequence has moved. A
 * refusal (4xx) is an answer too and is not tried again; a silent server is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { usePoll } from "./poll";

const PAUSE_MS = 500;

interface Asked<T> {
  question: string;
  sequence: number;
  answer?: T;
  refusal?: string;
}

export interface Asking<T> {
  answer: T | undefined; /* to the question of the moment, never to another */
  failure: string | undefined;
  busy: boolean;
}

/* question names what is asked (undefined: nothing yet); ask asks it. */
export function useAnswer<T>(
  question: string | undefined,
  sequence: number,
  auto: boolean,
  ask: () => Promise<T>,
): Asking<T> {
  const [asked, setAsked] = useState<Asked<T> | undefined>();
  const latest = useRef(asked);
  const wanted = useRef({ sequence, auto });
  wanted.current = { sequence, auto };
  const failure = usePoll(
    async (alive) => {
      if (question === undefined) return;
      const now = wanted.current;
      const before = latest.current;
      const same = before?.question === question;
      if (same && !(now.auto && before.sequence !== now.sequence)) return;
      const next: Asked<T> = { question, sequence: now.sequence };
      try {
        next.answer = await ask();
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 0) throw error;
        next.refusal = error.message;
      }
      if (!alive()) return;
      latest.current = next;
      setAsked(next);
    },
    PAUSE_MS,
    [question],
  );
  const fitting = asked && asked.question === question ? asked : undefined;
  return {
    answer: fitting?.answer,
    failure: question === undefined ? undefined : (fitting?.refusal ?? failure),
    busy: question !== undefined && !fitting,
  };
}
