/* new-stream.tsx: adding a stream: where the topic is, which one, and what its columns are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { messageOf, query, segment, type Client } from "../api/client";
import type { DataFrame } from "../api/types";
import { readFrame, readListing } from "../data/answers";
import {
  NEW_STREAM,
  STREAM_FORMATS,
  streamInfo,
  streamProblem,
  topicOf,
  type StreamForm,
  type StreamStep,
} from "../data/stream";
import { DialogForm } from "../parts/dialog-form";
import { Failure } from "../parts/parts";
import { Preview } from "./preview";

interface NewStreamProps {
  client: Client;
  pid: string;
  onDone: () => void;
  onClose: () => void;
}

export function NewStream({ client, pid, onDone, onClose }: NewStreamProps) {
  const [form, setForm] = useState<StreamForm>(NEW_STREAM);
  const [topics, setTopics] = useState<readonly string[] | undefined>();
  const [frame, setFrame] = useState<DataFrame | undefined>();
  const [types, setTypes] = useState<readonly string[]>([]);
  const [refused, setRefused] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const set = (part: Partial<StreamForm>) => {
    setForm({ ...form, ...part });
    setFrame(undefined);
  };
  const need = (step: StreamStep) => {
    const problem = streamProblem(form, step);
    if (problem) throw new Error(problem);
  };
  const attempt = async (work: () => Promise<void>) => {
    setRefused(undefined);
    setBusy(true);
    try {
      await work();
    } catch (error) {
      setRefused(messageOf(error));
    }
    setBusy(false);
  };
  const browse = () =>
    attempt(async () => {
      need("browse");
      const { values } = await client.post("/streams/browse", streamInfo(form));
      setTopics(readListing(values).files.sort());
    });
  const preview = () =>
    attempt(async () => {
      need("preview");
      const { values } = await client.post("/streams/preview", streamInfo(form));
      const sample = readFrame(values);
      setFrame(sample);
      setTypes(sample.attributeTypes);
    });
  const submit = async () => {
    need("create");
    const info = streamInfo(form);
    const body = frame
      ? { ...info, extra: { attributeNames: frame.attributeNames, attributeTypes: types } }
      : info;
    await client.post(
      `/projects/${segment(pid)}/streams/create${query({ fromBeginning: form.fromBeginning })}`,
      body,
    );
    onDone();
  };
  return (
    <DialogForm
      title="Add stream"
      action="Create"
      wide
      onSubmit={submit}
      onClose={onClose}
      extra={
        <button type="button" disabled={busy} onClick={() => void preview()}>
          Preview
        </button>
      }
    >
      <div class="fields">
        <Text title="Name" name="name" form={form} field="name" onSet={set} />
        <Text
          title="Brokers"
          name="bootstrap"
          hint="host:9092"
          form={form}
          field="bootstrap"
          onSet={set}
        />
        <label>
          Values
          <select
            name="format"
            value={form.format}
            onChange={(event) => set({ format: event.currentTarget.value })}
          >
            {STREAM_FORMATS.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <Text
          title="Schema registry"
          name="registry"
          hint="http://host:8081"
          form={form}
          field="registry"
          onSet={set}
        />
      </div>
      <label>
        Topic
        <span class="with-button">
          <input
            name="topic"
            spellcheck={false}
            value={form.topic}
            onInput={(event) => set({ topic: event.currentTarget.value })}
          />
          <button type="button" disabled={busy} onClick={() => void browse()}>
            Browse
          </button>
        </span>
      </label>
      {topics ? (
        <Topics
          topics={topics}
          onTopic={(topic) => {
            set({ topic });
            setTopics(undefined);
          }}
        />
      ) : null}
      <div class="fields">
        <Text
          title="Seconds between snapshots"
          name="persist"
          hint="300"
          form={form}
          field="persistSeconds"
          onSet={set}
        />
        <label class="inline">
          <input
            type="checkbox"
            name="fromBeginning"
            checked={form.fromBeginning}
            onChange={(event) => set({ fromBeginning: event.currentTarget.checked })}
          />
          Start from the beginning
        </label>
      </div>
      <label>
        Kafka options
        <textarea
          name="options"
          rows={3}
          spellcheck={false}
          placeholder={"kafka.partitions=0,1\nsml.kafka.security.protocol=SASL_SSL"}
          value={form.options}
          onInput={(event) => set({ options: event.currentTarget.value })}
        />
        <span class="help">
          A line each. What begins with <code>sml.kafka.</code> goes to the Kafka client.
        </span>
      </label>
      <Failure text={refused} />
      {frame ? <Preview frame={frame} types={types} onTypes={setTypes} /> : null}
    </DialogForm>
  );
}

interface TextProps {
  title: string;
  name: string;
  hint?: string;
  form: StreamForm;
  field: "name" | "bootstrap" | "registry" | "persistSeconds";
  onSet: (part: Partial<StreamForm>) => void;
}

function Text({ title, name, hint, form, field, onSet }: TextProps) {
  return (
    <label>
      {title}
      <input
        name={name}
        spellcheck={false}
        placeholder={hint ?? ""}
        value={form[field]}
        onInput={(event) => onSet({ [field]: event.currentTarget.value })}
      />
    </label>
  );
}

function Topics({
  topics,
  onTopic,
}: {
  topics: readonly string[];
  onTopic: (topic: string) => void;
}) {
  return (
    <ul class="files" aria-label="Topics">
      {topics.map((text) => {
        const { name, partitions } = topicOf(text);
        return (
          <li key={text}>
            <button type="button" class="link" onClick={() => onTopic(name)}>
              {name}
            </button>{" "}
            <span class="muted">
              {partitions} {partitions === 1 ? "partition" : "partitions"}
            </span>
          </li>
        );
      })}
      {topics.length === 0 ? <li class="muted">no topics</li> : null}
    </ul>
  );
}
