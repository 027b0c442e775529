/* project.tsx: one project. A single poll feeds the head and the tabs that show its summary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ComponentType } from "preact";
import { useRef, useState } from "preact/hooks";
import { ApiError, query, segment, type Client } from "../api/client";
import type { Live } from "../api/types";
import { readLive } from "../data/answers";
import { Rate } from "../data/rate";
import { formatCount } from "../format";
import { Badge, Empty, Failure, Tabs } from "../parts/parts";
import { lazy } from "../parts/lazy";
import { usePoll } from "../parts/poll";
import { go, link, type Tab } from "../parts/route";
import { LiveTab } from "./live";

const TITLES: readonly { id: Tab; title: string }[] = [
  { id: "live", title: "Live" },
  { id: "correlation", title: "Correlation" },
  { id: "density", title: "Density" },
  { id: "tests", title: "Tests" },
  { id: "multivariate", title: "Multivariate" },
  { id: "drift", title: "Drift" },
  { id: "models", title: "Models" },
  { id: "anomalies", title: "Anomalies" },
  { id: "data", title: "Data" },
  { id: "streams", title: "Streams" },
  { id: "properties", title: "Properties" },
];
const SPARKLINE_BINS = 40;
const PAUSE_MS = 200; /* about four times a second with the answer's own time */
const SLOW_PAUSE_MS = 1000;
const UNKNOWN = 400; /* what the published API answers where a project is not known */

/* What every tab is given. */
export interface TabProps {
  client: Client;
  pid: string;
  live: Live;
}

const PANELS: Record<Tab, ComponentType<TabProps>> = {
  live: LiveTab,
  density: lazy(() => import("./density-tab").then(({ DensityTab }) => DensityTab)),
  correlation: lazy(() => import("./correlation").then(({ CorrelationTab }) => CorrelationTab)),
  tests: lazy(() => import("./tests").then(({ TestsTab }) => TestsTab)),
  multivariate: lazy(() => import("./multivariate").then(({ MultivariateTab }) => MultivariateTab)),
  drift: lazy(() => import("./drift").then(({ DriftTab }) => DriftTab)),
  models: lazy(() => import("./models").then(({ ModelsTab }) => ModelsTab)),
  anomalies: lazy(() => import("./anomalies").then(({ AnomaliesTab }) => AnomaliesTab)),
  data: lazy(() => import("./data").then(({ DataTab }) => DataTab)),
  streams: lazy(() => import("./streams").then(({ StreamsTab }) => StreamsTab)),
  properties: lazy(() => import("./properties").then(({ PropertiesTab }) => PropertiesTab)),
};

interface ProjectProps {
  client: Client;
  pid: string;
  tab: Tab;
}

export function Project({ client, pid, tab }: ProjectProps) {
  const [live, setLive] = useState<Live | undefined>();
  const [perSecond, setPerSecond] = useState<number | undefined>();
  const [gone, setGone] = useState(false);
  const rate = useRef(new Rate());
  const seen = useRef<Live | undefined>(undefined);
  const pause = tab === "live" && !gone ? PAUSE_MS : SLOW_PAUSE_MS;
  const failure = usePoll(
    async (alive) => {
      const since = seen.current?.sequence;
      let values: Record<string, unknown>;
      try {
        ({ values } = await client.get(
          `/projects/${segment(pid)}/live${query({ bins: SPARKLINE_BINS, since })}`,
        ));
      } catch (error) {
        if (!(error instanceof ApiError && error.status === UNKNOWN)) throw error;
        if (!alive()) return;
        seen.current = undefined; /* one made anew under the name is another project */
        setLive(undefined);
        setGone(true);
        return;
      }
      if (!alive()) return;
      setGone(false);
      const next = readLive(values, seen.current);
      seen.current = next;
      rate.current.note(performance.now(), next.rows);
      setPerSecond(rate.current.perSecond(performance.now()));
      setLive(next);
    },
    pause,
    [client, pid],
  );
  const tabs = TITLES.map(({ id, title }) => ({
    id,
    title,
    href: link({ screen: "project", pid, tab: id }),
  }));
  const Panel = PANELS[tab];
  if (gone) {
    return (
      <div class="page">
        <Empty>
          <h2>There is no project {pid}</h2>
          <p>
            It was deleted or renamed: see{" "}
            <a href={link({ screen: "projects" })}>all projects</a>.
          </p>
        </Empty>
      </div>
    );
  }
  return (
    <div class="page">
      <div class="title">
        <h1>
          <a class="crumb" href={link({ screen: "projects" })}>
            Projects
          </a>
          <span class="slash" aria-hidden="true">
            /
          </span>
          {pid}
        </h1>
        {live?.frozen ? <Badge kind="busy">frozen</Badge> : null}
        <span class="grow" />
        <dl class="metrics">
          <Metric name="rows" title="Rows" value={live?.rows} />
          <Metric name="rate" title="Rows per second" value={perSecond} />
          <Metric name="attributes" title="Attributes" value={live?.attributes?.length} />
          <Metric name="models" title="Models" value={live?.models.length} />
        </dl>
      </div>
      <Failure text={failure} />
      {(live?.warnings ?? []).map((warning) => (
        <p key={warning} class="notice">
          {warning}
        </p>
      ))}
      <Tabs
        label="Views of the project"
        tabs={tabs}
        current={tab}
        onPick={(id) => go({ screen: "project", pid, tab: id })}
      />
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {live ? <Panel client={client} pid={pid} live={live} /> : null}
      </div>
    </div>
  );
}

interface MetricProps {
  name: string;
  title: string;
  value: number | undefined;
}

function Metric({ name, title, value }: MetricProps) {
  return (
    <div data-metric={name}>
      <dt>{title}</dt>
      <dd>
        <data value={value === undefined ? "" : String(value)}>{formatCount(value)}</data>
      </dd>
    </div>
  );
}
