/* encoders.tsx: what turns texts into numbers: for each value of a column, how many rows had it and
 * the sum of the target in them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { messageOf, query, segment, type Client } from "../api/client";
import type { DataFrame, JobInfo } from "../api/types";
import { readFrame, readNames, readSource, readSources } from "../data/answers";
import { changedValues, column } from "../data/encoder";
import { nameProblem } from "../data/form";
import { formatCount, formatNumber } from "../format";
import { DialogForm } from "../parts/dialog-form";
import { JobProgress, resultOf } from "../parts/job";
import { Confirm, Empty, Failure, Modal, Num } from "../parts/parts";
import { usePoll } from "../parts/poll";

export function Encoders({ client }: { client: Client }) {
  const [encoders, setEncoders] = useState<readonly string[] | undefined>();
  const [picked, setPicked] = useState<string | undefined>();
  const [creating, setCreating] = useState(false);
  const [doomed, setDoomed] = useState<string | undefined>();
  const [round, setRound] = useState(0);
  const again = () => setRound((before) => before + 1);
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get("/encoders");
      if (alive()) setEncoders(readNames(values));
    },
    3000,
    [client, round],
  );
  const shown = encoders?.find((name) => name === picked) ?? encoders?.[0];
  return (
    <div class="page">
      <div class="title">
        <h1>Encoders</h1>
        <span class="grow" />
        <button type="button" class="primary" onClick={() => setCreating(true)}>
          New encoder
        </button>
      </div>
      <Failure text={failure} />
      {encoders && encoders.length > 0 ? (
        <div class="ask">
          <nav class="panel menu" aria-label="Encoders">
            {encoders.map((name) => (
              <button
                key={name}
                type="button"
                data-encoder={name}
                aria-current={name === shown ? "true" : undefined}
                onClick={() => setPicked(name)}
              >
                {name}
              </button>
            ))}
          </nav>
          {shown !== undefined ? (
            <Encoder key={shown} client={client} name={shown} onDelete={() => setDoomed(shown)} />
          ) : null}
        </div>
      ) : encoders ? (
        <Empty>
          <h2>No encoders yet</h2>
          <p>An encoder replaces each text by the mean of a target over the rows that had it.</p>
        </Empty>
      ) : null}
      {creating ? (
        <NewEncoder
          client={client}
          onDone={(name) => {
            setPicked(name);
            again();
          }}
          onClose={() => setCreating(false)}
        />
      ) : null}
      {doomed !== undefined ? (
        <Confirm
          title={`Delete encoder ${doomed}?`}
          action="Delete"
          onClose={() => setDoomed(undefined)}
          onConfirm={async () => {
            await client.delete(`/encoders/${segment(doomed)}`);
            again();
          }}
        >
          <p>What projects have learned through it stays.</p>
        </Confirm>
      ) : null}
    </div>
  );
}

interface EncoderProps {
  client: Client;
  name: string;
  onDelete: () => void;
}

function Encoder({ client, name, onDelete }: EncoderProps) {
  const [stats, setStats] = useState<DataFrame | undefined>();
  const [open, setOpen] = useState<string | undefined>();
  const [teaching, setTeaching] = useState(false);
  const [round, setRound] = useState(0);
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get(`/encoders/${segment(name)}/stats`);
      if (alive()) setStats(readFrame(values));
    },
    3000,
    [client, name, round],
  );
  const keys = stats ? column(stats, "key") : [];
  const types = stats ? column(stats, "type") : [];
  const numbers = ["count", "mean", "stddev", "variance"] as const;
  return (
    <section class="panel" aria-label={name}>
      <header class="panel-head">
        <h2>{name}</h2>
        <span class="muted">values of each column, and rows of each value</span>
        <span class="grow" />
        <button type="button" class="quiet" onClick={() => setTeaching(true)}>
          Teach a source…
        </button>
        <button type="button" class="quiet" onClick={onDelete}>
          Delete
        </button>
      </header>
      <Failure text={failure} />
      {stats && keys.length === 0 ? (
        <p class="more muted">
          It has learned nothing yet: teach it a data source, or send rows to{" "}
          <code>POST …/encoders/{name}/learn</code>.
        </p>
      ) : null}
      {stats && keys.length > 0 ? (
        <div class="scroll">
          <table class="data">
            <thead>
              <tr>
                <th scope="col">Column</th>
                <th scope="col">Type</th>
                <th scope="col" class="num">
                  Values
                </th>
                <th scope="col" class="num">
                  Rows a value
                </th>
                <th scope="col" class="num">
                  Std dev
                </th>
                <th scope="col" class="num">
                  Variance
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.map((key, r) => (
                <tr key={key} data-key={key}>
                  <th scope="row" class="name" title={key}>
                    <button type="button" class="link" onClick={() => setOpen(key)}>
                      {key}
                    </button>
                  </th>
                  <td>{types[r]}</td>
                  {numbers.map((title) => {
                    const value = Number(column(stats, title)[r]);
                    return (
                      <td key={title} class="num" data-column={title}>
                        <Num
                          value={value}
                          text={title === "count" ? formatCount(value) : formatNumber(value, 2)}
                        />
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {teaching ? (
        <TeachDialog
          client={client}
          name={name}
          onDone={() => setRound(round + 1)}
          onClose={() => setTeaching(false)}
        />
      ) : null}
      {open !== undefined ? (
        <ValuesDialog
          client={client}
          name={name}
          column={open}
          onDone={() => setRound(round + 1)}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
    </section>
  );
}

interface TeachDialogProps {
  client: Client;
  name: string;
  onDone: () => void;
  onClose: () => void;
}

/* Texts and lists of a source become keys; its column of the target's name is the target. */
function TeachDialog({ client, name, onDone, onClose }: TeachDialogProps) {
  const [sources, setSources] = useState<readonly { name: string; type: string }[]>([]);
  const [source, setSource] = useState("");
  const [job, setJob] = useState<JobInfo | undefined>();
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get("/dss");
      if (alive()) setSources(readSources(values));
    },
    5000,
    [client],
  );
  const submit = async () => {
    if (source === "") throw new Error("Choose a source.");
    const { values } = await client.get(`/dss/${segment(source)}`);
    const asked = client.post(`/encoders/${segment(name)}/learnds`, readSource(values));
    await resultOf(client, asked, setJob);
    onDone();
  };
  return (
    <DialogForm
      title={`Teach ${name}`}
      action="Teach"
      onSubmit={submit}
      onClose={onClose}
      extra={job ? <JobProgress job={job} /> : null}
    >
      <Failure text={failure} />
      <label>
        Data source
        <select
          name="source"
          value={source}
          onChange={(event) => setSource(event.currentTarget.value)}
        >
          <option value="">choose one</option>
          {sources.map((each) => (
            <option key={each.name}>{each.name}</option>
          ))}
        </select>
        <span class="help">All its rows count, or none when the job fails.</span>
      </label>
    </DialogForm>
  );
}

interface ValuesDialogProps {
  client: Client;
  name: string;
  column: string;
  onDone: () => void;
  onClose: () => void;
}

const SHOWN = 500;

/* Counts and sums of a column's values; changed ones are sent together. */
function ValuesDialog({ client, name, column: key, onDone, onClose }: ValuesDialogProps) {
  const [frame, setFrame] = useState<DataFrame | undefined>();
  const [edits, setEdits] = useState<Readonly<Record<string, string>>>({});
  const [refused, setRefused] = useState<string | undefined>();
  const path = `/encoders/${segment(name)}/keyvals/${segment(key)}`;
  const failure = usePoll(
    async (alive) => {
      if (frame) return;
      const { values } = await client.get(path);
      if (alive()) setFrame(readFrame(values));
    },
    5000,
    [path],
  );
  const changes = frame ? changedValues(frame, edits) : { data: [], problem: undefined };
  const save = async () => {
    if (!frame) return;
    setRefused(undefined);
    try {
      await client.post(`${path}/setValue`, { ...frame, data: changes.data });
      onDone();
      onClose();
    } catch (error) {
      setRefused(messageOf(error));
    }
  };
  return (
    <Modal title={`${name}: ${key}`} onClose={onClose} wide>
      <Failure text={refused ?? failure ?? changes.problem} />
      {frame ? (
        <div class="scroll tall" tabIndex={0} role="group" aria-label={`Values of ${key}`}>
          <table class="data keyvals">
            <thead>
              <tr>
                {frame.attributeNames.map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {frame.data.slice(0, SHOWN).map((row, r) => (
                <tr key={r} data-value={row[0]}>
                  {row.map((cell, c) => {
                    const title = frame.attributeNames[c] ?? "";
                    const place = `${r}:${c}`;
                    return title === "Count" || title === "Sum" ? (
                      <td key={c}>
                        <input
                          aria-label={`${title} of ${row[0] || "the empty text"}`}
                          inputMode="decimal"
                          value={edits[place] ?? cell}
                          onInput={(event) =>
                            setEdits({ ...edits, [place]: event.currentTarget.value })
                          }
                        />
                      </td>
                    ) : (
                      <td key={c}>{cell === "" ? <span class="faint">(empty)</span> : cell}</td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <p class="muted">Reading…</p>
      )}
      {frame && frame.data.length > SHOWN ? (
        <p class="help">
          The first {SHOWN} of {formatCount(frame.data.length)} values.
        </p>
      ) : null}
      <footer class="actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
        <button
          type="button"
          class="primary"
          disabled={changes.data.length === 0 || changes.problem !== undefined}
          onClick={() => void save()}
        >
          Save
        </button>
      </footer>
    </Modal>
  );
}

interface NewEncoderProps {
  client: Client;
  onDone: (name: string) => void;
  onClose: () => void;
}

function NewEncoder({ client, onDone, onClose }: NewEncoderProps) {
  const [name, setName] = useState("");
  const [target, setTarget] = useState("");
  const [type, setType] = useState("C");
  const [least, setLeast] = useState("");
  const submit = async () => {
    const encoderName = name.trim();
    const problem = nameProblem("An encoder", encoderName);
    if (problem) throw new Error(problem);
    if (target.trim() === "") throw new Error("Say which column is the target.");
    const asked = { encoderName, encoderTarget: target.trim(), targetType: type };
    const body = type === "B" && least.trim() !== "" ? { minTrimSize: least.trim() } : {};
    await client.post(`/encoders/create${query(asked)}`, body);
    onDone(encoderName);
  };
  return (
    <DialogForm title="New encoder" action="Create" onSubmit={submit} onClose={onClose}>
      <label>
        Name
        <input
          name="encoderName"
          spellcheck={false}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label>
        Target column
        <input
          name="encoderTarget"
          spellcheck={false}
          value={target}
          onInput={(event) => setTarget(event.currentTarget.value)}
        />
      </label>
      <label>
        Type of the target
        <select
          name="targetType"
          value={type}
          onChange={(event) => setType(event.currentTarget.value)}
        >
          <option value="C">continuous</option>
          <option value="B">binary</option>
        </select>
      </label>
      {type === "B" ? (
        <label>
          Least positives of a value
          <input
            name="minTrimSize"
            inputMode="numeric"
            value={least}
            onInput={(event) => setLeast(event.currentTarget.value)}
          />
          <span class="help">Values with fewer are dropped when the encoder is trimmed.</span>
        </label>
      ) : null}
    </DialogForm>
  );
}
