/* poll.ts: asking the server again and again, politely.
 *
 * One question at a time, the next one a pause after the answer, at least as long as the answer
 * took; while the page is hidden none at all; after failures in growing distances. The header shows
 * what the last poll said about the connection.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, messageOf } from "../api/client";
import { Value } from "./value";

export type Connection = "live" | "lost";
export const connection = new Value<Connection>("live");

const LONGEST_PAUSE_MS = 5000;

/* Calls work now and every pauseMs after its end, anew whenever deps change. Returns the last
 * failure's sentence, or undefined when the last call went well. work may ask alive() after an
 * await whether its answer is still wanted. */
export function usePoll(
  work: (alive: () => boolean) => Promise<void>,
  pauseMs: number,
  deps: readonly unknown[],
): string | undefined {
  const [failure, setFailure] = useState<string | undefined>();
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    let stopped = false;
    let running = false;
    let failures = 0;
    let timer = 0;
    const alive = () => !stopped;
    const step = async () => {
      timer = 0;
      if (document.hidden || running) return;
      running = true;
      const began = performance.now();
      try {
        await latest.current(alive);
        failures = 0;
        connection.set("live");
        if (!stopped) setFailure(undefined);
      } catch (error) {
        failures++;
        if (error instanceof ApiError && error.status === 0) connection.set("lost");
        if (!stopped) setFailure(messageOf(error));
      }
      running = false;
      if (!stopped) {
        const spared = Math.max(pauseMs, performance.now() - began);
        const pause = Math.min(Math.max(LONGEST_PAUSE_MS, spared), spared * 2 ** failures);
        timer = window.setTimeout(step, pause);
      }
    };
    const wake = () => {
      if (document.hidden) window.clearTimeout(timer);
      else if (!running) {
        window.clearTimeout(timer);
        void step();
      }
    };
    document.addEventListener("visibilitychange", wake);
    void step();
    return () => {
      stopped = true;
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
    };
  }, [pauseMs, ...deps]);
  return failure;
}
