/* jobs.tsx: the long calls of this user.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { messageOf, type Client } from "../api/client";
import type { JobInfo } from "../api/types";
import { readJobs } from "../data/answers";
import { formatAge, formatTime } from "../format";
import { JobProgress } from "../parts/job";
import { Badge, Empty, Failure } from "../parts/parts";
import { usePoll } from "../parts/poll";

function state(job: JobInfo): { kind: string; text: string } {
  if (job.details["error"]) return { kind: "bad", text: "failed" };
  if (job.isDone) return { kind: "good", text: "done" };
  return job.isStarted ? { kind: "busy", text: "running" } : { kind: "", text: "waiting" };
}

export function Jobs({ client }: { client: Client }) {
  const [jobs, setJobs] = useState<readonly JobInfo[] | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get("/jobs");
      if (alive()) setJobs(readJobs(values));
    },
    1000,
    [client],
  );
  const cancel = async (id: number) => {
    try {
      const answer = await client.delete(`/jobs/${id}`);
      setRefused(answer.status === 202 ? `Job ${id} cannot be stopped any more.` : undefined);
    } catch (error) {
      setRefused(messageOf(error));
    }
  };
  const now = Date.now();
  return (
    <div class="page">
      <h1>Jobs</h1>
      <Failure text={failure ?? refused} />
      {jobs && jobs.length > 0 ? (
        <section class="panel" aria-label="Jobs">
          <table class="data">
            <thead>
              <tr>
                <th scope="col" class="num">
                  Job
                </th>
                <th scope="col">Kind</th>
                <th scope="col">Project</th>
                <th scope="col">State</th>
                <th scope="col">Progress</th>
                <th scope="col">Started</th>
                <th scope="col">
                  <span class="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {jobs.map((job) => {
                const { kind, text } = state(job);
                return (
                  <tr key={job.jobId}>
                    <th scope="row" class="num">
                      {job.jobId}
                    </th>
                    <td>{job.jobType}</td>
                    <td>{job.details["project"] ?? ""}</td>
                    <td class="wrap">
                      <Badge kind={kind}>{text}</Badge> {job.details["error"] ?? ""}
                    </td>
                    <td>{job.isDone ? null : <JobProgress job={job} />}</td>
                    <td title={formatTime(job.startingDate)}>{formatAge(job.startingDate, now)}</td>
                    <td class="end">
                      {job.isDone ? null : (
                        <button type="button" class="quiet" onClick={() => void cancel(job.jobId)}>
                          Cancel
                        </button>
                      )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      ) : jobs ? (
        <Empty>
          <p>No jobs. Building a model starts one.</p>
        </Empty>
      ) : null}
    </div>
  );
}
