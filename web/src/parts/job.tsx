/* job.tsx: following a job to its end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { ApiError, type Answer, type Client } from "../api/client";
import type { JobInfo } from "../api/types";
import { formatCount } from "../format";

const PAUSE_MS = 150;

/* Waits for a job and gives what it answers. Throws the job's own sentence when it failed. */
export async function followJob(
  client: Client,
  id: number,
  onProgress: (job: JobInfo) => void,
): Promise<Answer["values"]> {
  for (;;) {
    const answer = await client.get(`/jobs/${id}`);
    if (answer.status === 200) return answer.values;
    if (answer.status !== 202) throw new ApiError(answer.status, answer.text);
    const info = answer.values["jobinfo"];
    if (info) onProgress(info as JobInfo);
    await new Promise((resume) => setTimeout(resume, PAUSE_MS));
  }
}

/* The values of an answer that is a job or already the result. */
export async function resultOf(
  client: Client,
  asked: Promise<Answer>,
  onProgress: (job: JobInfo) => void,
): Promise<Answer["values"]> {
  const answer = await asked;
  return answer.job === undefined ? answer.values : followJob(client, answer.job, onProgress);
}

/* How far a job is; without a known end the bar only shows that something moves. */
export function JobProgress({ job }: { job: JobInfo | undefined }) {
  const known = job !== undefined && job.maximum > 0;
  const text = known ? `${formatCount(job.current)} of ${formatCount(job.maximum)}` : "Working…";
  return (
    <div class="progress" role="status">
      {known ? (
        <progress max={job.maximum} value={job.current} aria-label={text} />
      ) : (
        <progress aria-label={text} />
      )}
      <span class="muted">{text}</span>
    </div>
  );
}
