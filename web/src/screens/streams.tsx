/* streams.tsx: what brings a project rows from Kafka, inside the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { messageOf, query, segment, type Client } from "../api/client";
import { readMetrics, readNames, readStreams } from "../data/answers";
import type { StreamMetric, StreamState } from "../data/stream";
import { formatCount } from "../format";
import { Badge, Confirm, Empty, Failure, Modal, Num } from "../parts/parts";
import { usePoll } from "../parts/poll";
import { NewStream } from "./new-stream";
import type { TabProps } from "./project";

type Shown = { what: "metrics" | "errors" | "restart" | "remove"; name: string };

const BADGES: Record<string, string> = { running: "good", waiting: "busy", failed: "bad" };

export function StreamsTab({ client, pid }: TabProps) {
  const [streams, setStreams] = useState<readonly StreamState[] | undefined>();
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<Shown | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const [round, setRound] = useState(0);
  const again = () => setRound((before) => before + 1);
  const path = `/projects/${segment(pid)}/streams`;
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get(`${path}/info`);
      if (alive()) setStreams(readStreams(values));
    },
    1000,
    [client, pid, round],
  );
  const call = async (name: string, verb: string) => {
    try {
      await client.post(`${path}/${segment(name)}/${verb}`);
      setRefused(undefined);
    } catch (error) {
      setRefused(messageOf(error));
    }
    again();
  };
  const close = () => setShown(undefined);
  return (
    <>
      <div class="title">
        <span class="grow" />
        <button type="button" class="primary" onClick={() => setAdding(true)}>
          Add stream
        </button>
      </div>
      <Failure text={failure ?? refused} />
      {streams && streams.length > 0 ? (
        <StreamTable streams={streams} onCall={call} onShow={setShown} />
      ) : streams ? (
        <Empty>
          <h2>No streams yet</h2>
          <p>A stream reads a Kafka topic into this project, inside the server.</p>
        </Empty>
      ) : null}
      {adding ? (
        <NewStream client={client} pid={pid} onDone={again} onClose={() => setAdding(false)} />
      ) : null}
      {shown?.what === "metrics" ? (
        <MetricsDialog client={client} path={path} name={shown.name} onClose={close} />
      ) : null}
      {shown?.what === "errors" ? (
        <ErrorsDialog client={client} path={path} name={shown.name} onClose={close} />
      ) : null}
      {shown?.what === "restart" ? (
        <Confirm
          title={`Start ${shown.name} from the beginning?`}
          action="Start from beginning"
          onClose={close}
          onConfirm={async () => {
            await client.post(
              `${path}/${segment(shown.name)}/start${query({ fromBeginning: true })}`,
            );
            again();
          }}
        >
          <p>The topic is learned once more: rows that the project has already count twice.</p>
        </Confirm>
      ) : null}
      {shown?.what === "remove" ? (
        <Confirm
          title={`Remove stream ${shown.name}?`}
          action="Remove"
          onClose={close}
          onConfirm={async () => {
            await client.delete(`${path}/${segment(shown.name)}`);
            again();
          }}
        >
          <p>What the project has learned from it stays.</p>
        </Confirm>
      ) : null}
    </>
  );
}

interface StreamTableProps {
  streams: readonly StreamState[];
  onCall: (name: string, verb: string) => Promise<void>;
  onShow: (shown: Shown) => void;
}

function StreamTable({ streams, onCall, onShow }: StreamTableProps) {
  return (
    <section class="panel scroll" aria-label="Streams">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Topic</th>
            <th scope="col">State</th>
            <th scope="col" class="num">
              Rows
            </th>
            <th scope="col" class="num">
              Rows per second
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
          {streams.map(({ name, topic, state, reason, rows, rowsPerMs, lag }) => {
            const perSecond = Math.round(rowsPerMs * 1000);
            const stopped = state === "stopped" || state === "failed";
            return (
              <tr key={name} data-stream={name}>
                <th scope="row" class="name" title={name}>
                  {name}
                </th>
                <td class="clip" title={topic}>
                  {topic}
                </td>
                <td>
                  <Badge kind={BADGES[state] ?? ""}>{state}</Badge>
                  {reason ? <p class="help">{reason}</p> : null}
                </td>
                <td class="num" data-column="rows">
                  <Num value={rows} text={formatCount(rows)} />
                </td>
                <td class="num" data-column="rate">
                  <Num value={perSecond} text={formatCount(perSecond)} />
                </td>
                <td class="num" data-column="lag">
                  <Num value={lag} text={formatCount(lag)} />
                </td>
                <td class="end">
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => void onCall(name, stopped ? "start" : "stop")}
                  >
                    {stopped ? "Resume" : "Stop"}
                  </button>
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => onShow({ what: "restart", name })}
                  >
                    From beginning
                  </button>
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => onShow({ what: "metrics", name })}
                  >
                    Metrics
                  </button>
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => onShow({ what: "errors", name })}
                  >
                    Errors
                  </button>
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => onShow({ what: "remove", name })}
                  >
                    Remove
                  </button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

interface DialogProps {
  client: Client;
  path: string;
  name: string;
  onClose: () => void;
}

function MetricsDialog({ client, path, name, onClose }: DialogProps) {
  const [metrics, setMetrics] = useState<readonly StreamMetric[]>([]);
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get(`${path}/${segment(name)}/metrics`);
      if (alive()) setMetrics(readMetrics(values));
    },
    1000,
    [client, path, name],
  );
  return (
    <Modal title={`Metrics of ${name}`} onClose={onClose} wide>
      <Failure text={failure} />
      <div class="scroll tall" tabIndex={0} role="group" aria-label="Metrics">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Value</th>
              <th scope="col">Group</th>
              <th scope="col">Description</th>
              <th scope="col">Tags</th>
            </tr>
          </thead>
          <tbody>
            {metrics.map((each) => (
              <tr key={each.name} data-metric={each.name}>
                <th scope="row">{each.name}</th>
                <td>{each.value}</td>
                <td>{each.group}</td>
                <td>{each.description}</td>
                <td>{each.tags}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Modal>
  );
}

function ErrorsDialog({ client, path, name, onClose }: DialogProps) {
  const [lines, setLines] = useState<readonly string[] | undefined>();
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get(`${path}/${segment(name)}/errorLog`);
      if (alive()) setLines(readNames(values));
    },
    2000,
    [client, path, name],
  );
  return (
    <Modal title={`Errors of ${name}`} onClose={onClose} wide>
      <Failure text={failure} />
      {lines ? (
        <pre class="scroll tall" tabIndex={0} aria-label="Errors">
          {lines.length > 0 ? lines.join("\n") : "no error"}
        </pre>
      ) : null}
    </Modal>
  );
}
