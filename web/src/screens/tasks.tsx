/* tasks.tsx: stream applications that the server starts, watches and stops.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { messageOf, query, segment, type Client } from "../api/client";
import { readNames, readPairs } from "../data/answers";
import { NEW_TASK, taskInfo, taskProblem, type TaskForm } from "../data/task";
import { formatCount } from "../format";
import { DialogForm } from "../parts/dialog-form";
import { Badge, Confirm, Empty, Failure, Num } from "../parts/parts";
import { usePoll } from "../parts/poll";

interface Listed {
  name: string;
  facts: Readonly<Record<string, string>>;
}

const BADGES: Record<string, string> = {
  RUNNING: "good",
  STARTING: "busy",
  STOPPING: "busy",
  WAITING: "busy",
  RESTARTING: "bad",
};

export function Tasks({ client }: { client: Client }) {
  const [tasks, setTasks] = useState<readonly Listed[] | undefined>();
  const [adding, setAdding] = useState(false);
  const [doomed, setDoomed] = useState<string | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const [round, setRound] = useState(0);
  const again = () => setRound((before) => before + 1);
  const failure = usePoll(
    async (alive) => {
      const names = readNames((await client.get("/tasks")).values);
      const listed = await Promise.all(
        names.map(async (name) => {
          const { values } = await client.get(`/tasks/${segment(name)}`);
          return { name, facts: Object.fromEntries(readPairs(values)) };
        }),
      );
      if (alive()) setTasks(listed);
    },
    1000,
    [client, round],
  );
  const call = async (name: string, verb: "start" | "stop") => {
    try {
      await client.post(`/tasks/${segment(name)}/${verb}`);
      setRefused(undefined);
    } catch (error) {
      setRefused(messageOf(error));
    }
    again();
  };
  return (
    <div class="page">
      <div class="title">
        <h1>Tasks</h1>
        <span class="grow" />
        <button type="button" class="primary" onClick={() => setAdding(true)}>
          New task
        </button>
      </div>
      <Failure text={failure ?? refused} />
      {tasks && tasks.length > 0 ? (
        <section class="panel scroll" aria-label="Tasks">
          <table class="data">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">State</th>
                <th scope="col">Started</th>
                <th scope="col" class="num">
                  Scored
                </th>
                <th scope="col" class="num">
                  Lag
                </th>
                <th scope="col">
                  <span class="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {tasks.map(({ name, facts }) => {
                const status = facts["status"] ?? "";
                const stopped = status === "STOPPED"; /* any other state is left by stopping */
                const scored = Number(facts["scored"] ?? 0);
                const lag = Number(facts["lag"] ?? 0);
                const wrong = facts["lastError"] ?? "";
                return (
                  <tr key={name} data-task={name}>
                    <th scope="row" class="name" title={name}>
                      {name}
                    </th>
                    <td>
                      <Badge kind={BADGES[status] ?? ""}>{status.toLowerCase()}</Badge>
                      {wrong ? <p class="help">{wrong}</p> : null}
                    </td>
                    <td>{facts["startDateTime"] ?? ""}</td>
                    <td class="num" data-column="scored">
                      <Num value={scored} text={formatCount(scored)} />
                    </td>
                    <td class="num" data-column="lag">
                      <Num value={lag} text={formatCount(lag)} />
                    </td>
                    <td class="end">
                      <button
                        type="button"
                        class="quiet"
                        onClick={() => void call(name, stopped ? "start" : "stop")}
                      >
                        {stopped ? "Start" : "Stop"}
                      </button>
                      <button type="button" class="quiet" onClick={() => setDoomed(name)}>
                        Delete
                      </button>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      ) : tasks ? (
        <Empty>
          <h2>No tasks yet</h2>
          <p>A task scores the rows of one topic into another one, run by this server.</p>
        </Empty>
      ) : null}
      {adding ? (
        <TaskDialog client={client} onDone={again} onClose={() => setAdding(false)} />
      ) : null}
      {doomed !== undefined ? (
        <Confirm
          title={`Delete task ${doomed}?`}
          action="Delete"
          onClose={() => setDoomed(undefined)}
          onConfirm={async () => {
            await client.delete(`/tasks/${segment(doomed)}`);
            again();
          }}
        >
          <p>It is stopped first. What it has scored stays in its topic.</p>
        </Confirm>
      ) : null}
    </div>
  );
}

interface TaskDialogProps {
  client: Client;
  onDone: () => void;
  onClose: () => void;
}

function TaskDialog({ client, onDone, onClose }: TaskDialogProps) {
  const [form, setForm] = useState<TaskForm>(NEW_TASK);
  const [start, setStart] = useState(true);
  const submit = async () => {
    const problem = taskProblem(form);
    if (problem) throw new Error(problem);
    const info = taskInfo(form);
    await client.post(`/tasks/create${query({ force: false })}`, info);
    if (start) await client.post(`/tasks/${segment(info.name)}/start`);
    onDone();
  };
  return (
    <DialogForm title="New task" action="Create" wide onSubmit={submit} onClose={onClose}>
      <label>
        Name
        <input
          name="name"
          spellcheck={false}
          value={form.name}
          onInput={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
      </label>
      <label>
        Properties
        <textarea
          name="params"
          rows={13}
          spellcheck={false}
          value={form.params}
          onInput={(event) => setForm({ ...form, params: event.currentTarget.value })}
        />
        <span class="help">
          Those of the stream application, a line each; lines without a value are left out.
        </span>
      </label>
      <label class="inline">
        <input
          type="checkbox"
          name="start"
          checked={start}
          onChange={(event) => setStart(event.currentTarget.checked)}
        />
        Start it
      </label>
    </DialogForm>
  );
}
