/* projects.tsx: what there is, how fresh it is, and what can be done with it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { messageOf, segment, type Client } from "../api/client";
import type { ProjectInfo } from "../api/types";
import { readNames, readProject } from "../data/answers";
import { formatAge, formatCount, formatTime } from "../format";
import { lazy } from "../parts/lazy";
import { countAttributes } from "../data/terms";
import { Badge, Confirm, Empty, Failure, Num } from "../parts/parts";
import { usePoll } from "../parts/poll";
import { link } from "../parts/route";

const NewProject = lazy(() => import("./new-project").then(({ NewProject }) => NewProject));
const ImportProject = lazy(() =>
  import("./new-project").then(({ ImportProject }) => ImportProject),
);

const NewFusion = lazy(() => import("./fusion").then(({ NewFusion }) => NewFusion));

export function Projects({ client }: { client: Client }) {
  const [projects, setProjects] = useState<readonly ProjectInfo[] | undefined>();
  const [creating, setCreating] = useState(false);
  const [importing, setImporting] = useState(false);
  const [fusing, setFusing] = useState(false);
  const [doomed, setDoomed] = useState<string | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const [round, setRound] = useState(0); /* goes up to look again at once */
  const failure = usePoll(
    async (alive) => {
      const names = readNames((await client.get("/projects/list")).values);
      const infos = await Promise.all(
        names.map(
          (pid) =>
            client
              .get(`/projects/${segment(pid)}/info`)
              .then(({ values }) => readProject(values))
              .catch(() => undefined) /* deleted between the two calls */,
        ),
      );
      if (alive()) setProjects(infos.filter((info) => info !== undefined));
    },
    1000,
    [client, round],
  );
  const freeze = async (info: ProjectInfo) => {
    const verb = isFrozen(info) ? "unfreeze" : "freeze";
    try {
      await client.post(`/projects/${segment(info.pid)}/${verb}`);
      setRefused(undefined);
    } catch (error) {
      setRefused(messageOf(error));
    }
    setRound(round + 1);
  };
  const now = Date.now();
  return (
    <div class="page">
      <div class="title">
        <h1>Projects</h1>
        <span class="grow" />
        <button type="button" onClick={() => setImporting(true)}>
          Import
        </button>
        <button type="button" onClick={() => setFusing(true)}>
          New fusion project
        </button>
        <button type="button" class="primary" onClick={() => setCreating(true)}>
          New project
        </button>
      </div>
      <Failure text={failure ?? refused} />
      {projects && projects.length > 0 ? (
        <section class="panel" aria-label="Projects">
          <table class="data projects">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col" class="num">
                  Rows
                </th>
                <th scope="col" class="num">
                  Attributes
                </th>
                <th scope="col" class="num">
                  Models
                </th>
                <th scope="col">Changed</th>
                <th scope="col">State</th>
                <th scope="col">
                  <span class="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {projects.map((info) => (
                <tr key={info.pid} data-project={info.pid}>
                  <th scope="row" class="name" title={info.pid}>
                    <a href={link({ screen: "project", pid: info.pid, tab: "live" })}>{info.pid}</a>
                  </th>
                  <td class="num">
                    <Num value={info.rows} text={formatCount(info.rows)} />
                  </td>
                  <td class="num">{formatCount(countAttributes(info))}</td>
                  <td class="num">{formatCount(info.modelsList.length)}</td>
                  <td title={formatTime(info.lastModificationDate)}>
                    {formatAge(info.lastModificationDate, now)}
                  </td>
                  <td>
                    <States info={info} />
                  </td>
                  <td class="end">
                    <button type="button" class="quiet" onClick={() => void freeze(info)}>
                      {isFrozen(info) ? "Unfreeze" : "Freeze"}
                    </button>
                    <button type="button" class="quiet" onClick={() => setDoomed(info.pid)}>
                      Delete
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : projects ? (
        <Empty>
          <h2>No projects yet</h2>
          <p>
            Make one here, or let <code>weir connect</code> make it with the first rows of a topic.
          </p>
        </Empty>
      ) : null}
      {creating ? <NewProject client={client} onClose={() => setCreating(false)} /> : null}
      {importing ? <ImportProject client={client} onClose={() => setImporting(false)} /> : null}
      {fusing ? <NewFusion client={client} onClose={() => setFusing(false)} /> : null}
      {doomed !== undefined ? (
        <Confirm
          title={`Delete project ${doomed}?`}
          action="Delete"
          onClose={() => setDoomed(undefined)}
          onConfirm={async () => {
            await client.delete(`/projects/${segment(doomed)}`);
            setRound(round + 1);
          }}
        >
          <p>Its statistics, models and positions are gone for good. The rows in Kafka stay.</p>
        </Confirm>
      ) : null}
    </div>
  );
}

function isFrozen(info: ProjectInfo): boolean {
  return info.params["sml_project_is_freeze"] === "true";
}

function States({ info }: { info: ProjectInfo }) {
  return (
    <>
      {isFrozen(info) ? <Badge kind="busy">frozen</Badge> : null}
      {info.type === "cpu" ? null : <Badge>{info.type}</Badge>}
      {info.loaded ? null : <Badge>unloaded</Badge>}
      {info.persisted ? null : <Badge>in memory only</Badge>}
      {info.histogramEnabled ? null : <Badge>no histograms</Badge>}
    </>
  );
}
