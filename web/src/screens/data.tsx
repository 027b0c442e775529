/* data.tsx: learning and forgetting whole data sources, and the log of what was learned.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { messageOf, segment, type Client } from "../api/client";
import type { DataFrame, JobInfo } from "../api/types";
import { readFrame, readLog, readProject, readSources } from "../data/answers";
import { logColumns, logText, newestFirst } from "../data/log";
import { JobProgress, resultOf } from "../parts/job";
import { Badge, Empty, Failure, Modal } from "../parts/parts";
import { usePoll } from "../parts/poll";
import { Preview } from "./preview";
import type { TabProps } from "./project";

interface Chosen {
  name: string;
  verb: "learn" | "forget";
}

export function DataTab({ client, pid }: TabProps) {
  const [sources, setSources] = useState<readonly { name: string; type: string }[] | undefined>();
  const [attached, setAttached] = useState<readonly string[]>([]);
  const [chosen, setChosen] = useState<Chosen | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const [round, setRound] = useState(0);
  const again = () => setRound((before) => before + 1);
  const path = `/projects/${segment(pid)}`;
  const failure = usePoll(
    async (alive) => {
      const [listed, info] = await Promise.all([client.get("/dss"), client.get(`${path}/info`)]);
      if (!alive()) return;
      setSources(readSources(listed.values));
      setAttached(readProject(info.values).dsList ?? []);
    },
    3000,
    [client, pid, round],
  );
  const attach = async (name: string, on: boolean) => {
    try {
      await client.post(`${path}/${on ? "addds" : "detachds"}/${segment(name)}`);
      setRefused(undefined);
    } catch (error) {
      setRefused(messageOf(error));
    }
    again();
  };
  return (
    <>
      <Failure text={failure ?? refused} />
      {sources && sources.length > 0 ? (
        <section class="panel" aria-label="Data sources">
          <header class="panel-head">
            <h2>Data sources</h2>
          </header>
          <table class="data">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
                <th scope="col">State</th>
                <th scope="col">
                  <span class="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sources.map(({ name, type }) => {
                const on = attached.includes(name);
                return (
                  <tr key={name} data-source={name}>
                    <th scope="row" class="name" title={name}>
                      {name}
                    </th>
                    <td>{type}</td>
                    <td>{on ? <Badge kind="good">attached</Badge> : null}</td>
                    <td class="end">
                      <button
                        type="button"
                        class="quiet"
                        onClick={() => setChosen({ name, verb: "learn" })}
                      >
                        Learn
                      </button>
                      <button
                        type="button"
                        class="quiet"
                        onClick={() => setChosen({ name, verb: "forget" })}
                      >
                        Forget
                      </button>
                      <button type="button" class="quiet" onClick={() => void attach(name, !on)}>
                        {on ? "Detach" : "Attach"}
                      </button>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      ) : sources ? (
        <Empty>
          <p>
            No data sources yet; they are made under <a href="#/sources">Data sources</a>.
          </p>
        </Empty>
      ) : null}
      <Log client={client} title="Data log" path={`${path}/getDsLog`} round={round} />
      <Log
        client={client}
        title="Learn and forget calls"
        path={`${path}/getLFStats`}
        round={round}
      />
      {chosen ? (
        <LearnDialog
          client={client}
          pid={pid}
          chosen={chosen}
          onDone={again}
          onClose={() => setChosen(undefined)}
        />
      ) : null}
    </>
  );
}

interface LogProps {
  client: Client;
  title: string;
  path: string;
  round: number;
}

function Log({ client, title, path, round }: LogProps) {
  const [entries, setEntries] = useState<readonly Record<string, string>[] | undefined>();
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get(path);
      if (alive()) setEntries(newestFirst(readLog(values)));
    },
    3000,
    [client, path, round],
  );
  const columns = logColumns(entries ?? []);
  return (
    <section class="panel" aria-label={title}>
      <header class="panel-head">
        <h2>{title}</h2>
      </header>
      <Failure text={failure} />
      {entries && entries.length > 0 ? (
        <div class="scroll tall" tabIndex={0} role="group" aria-label={title}>
          <table class="data log">
            <thead>
              <tr>
                {columns.map(({ key, title: head }) => (
                  <th key={key} scope="col" title={key}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {entries.map((entry, i) => (
                <tr key={i}>
                  {columns.map(({ key }) => (
                    <td key={key} data-field={key} class="clip" title={entry[key] ?? ""}>
                      {logText(key, entry[key])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : entries ? (
        <p class="more muted">Nothing yet.</p>
      ) : null}
    </section>
  );
}

interface LearnDialogProps {
  client: Client;
  pid: string;
  chosen: Chosen;
  onDone: () => void;
  onClose: () => void;
}

type Stage = { at: "asking" } | { at: "running"; job?: JobInfo } | { at: "done"; rows: number };

function LearnDialog({ client, pid, chosen, onDone, onClose }: LearnDialogProps) {
  const { name, verb } = chosen;
  const [frame, setFrame] = useState<DataFrame | undefined>();
  const [types, setTypes] = useState<readonly string[]>([]);
  const [stage, setStage] = useState<Stage>({ at: "asking" });
  const [refused, setRefused] = useState<string | undefined>();
  const failure = usePoll(
    async (alive) => {
      if (frame) return;
      const { values } = await client.get(`/dss/${segment(name)}/sample`);
      if (!alive()) return;
      const sample = readFrame(values);
      setFrame(sample);
      setTypes(sample.attributeTypes);
    },
    5000,
    [name],
  );
  const run = async () => {
    if (!frame) return;
    setRefused(undefined);
    setStage({ at: "running" });
    try {
      const body: DataFrame = {
        attributeNames: frame.attributeNames,
        attributeTypes: [...types],
        data: [],
      };
      const path = `/projects/${segment(pid)}/dss/${segment(name)}/${verb}`;
      const values = await resultOf(client, client.post(path, body), (job) =>
        setStage({ at: "running", job }),
      );
      setStage({ at: "done", rows: readProject(values).rows });
    } catch (error) {
      setRefused(messageOf(error));
      setStage({ at: "asking" });
    }
    onDone();
  };
  const word = verb === "learn" ? "Learn" : "Forget";
  return (
    <Modal title={`${word} ${name}`} onClose={onClose} wide>
      <Failure text={refused ?? failure} />
      {frame ? (
        <Preview frame={frame} types={types} onTypes={setTypes} />
      ) : (
        <p class="muted">Reading…</p>
      )}
      {stage.at === "running" ? <JobProgress job={stage.job} /> : null}
      {stage.at === "done" ? (
        <p class="notice" role="status">
          Done. The project has <data value={String(stage.rows)}>{stage.rows}</data> rows now.
        </p>
      ) : null}
      <footer class="actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
        {stage.at === "done" ? null : (
          <button
            type="button"
            class="primary"
            disabled={!frame || stage.at === "running"}
            onClick={() => void run()}
          >
            {word}
          </button>
        )}
      </footer>
    </Modal>
  );
}
