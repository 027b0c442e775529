/* sources.tsx: where rows of the past lie, as files of values with separators.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { messageOf, segment, type Client } from "../api/client";
import type { DataFrame, Listing } from "../api/types";
import { readFrame, readListing, readSource, readSources } from "../data/answers";
import {
  joined,
  NEW_SOURCE,
  parentOf,
  SOURCE_TYPES,
  sourceForm,
  sourceInfo,
  sourceProblem,
  type SourceForm,
} from "../data/source";
import { DialogForm } from "../parts/dialog-form";
import { Confirm, Empty, Failure, Modal } from "../parts/parts";
import { usePoll } from "../parts/poll";
import { Preview } from "./preview";

export function Sources({ client }: { client: Client }) {
  const [sources, setSources] = useState<readonly { name: string; type: string }[] | undefined>();
  const [form, setForm] = useState<{ source: SourceForm; isNew: boolean } | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const [shown, setShown] = useState<string | undefined>();
  const [doomed, setDoomed] = useState<string | undefined>();
  const [round, setRound] = useState(0);
  const again = () => setRound((before) => before + 1);
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get("/dss");
      if (alive()) setSources(readSources(values));
    },
    3000,
    [client, round],
  );
  const edit = async (name: string) => {
    try {
      const { values } = await client.get(`/dss/${segment(name)}`);
      setForm({ source: sourceForm(readSource(values)), isNew: false });
      setRefused(undefined);
    } catch (error) {
      setRefused(messageOf(error));
    }
  };
  return (
    <div class="page">
      <div class="title">
        <h1>Data sources</h1>
        <span class="grow" />
        <button
          type="button"
          class="primary"
          onClick={() => setForm({ source: NEW_SOURCE, isNew: true })}
        >
          New source
        </button>
      </div>
      <Failure text={failure ?? refused} />
      {sources && sources.length > 0 ? (
        <section class="panel" aria-label="Data sources">
          <table class="data">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
                <th scope="col">
                  <span class="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sources.map(({ name, type }) => (
                <tr key={name} data-source={name}>
                  <th scope="row" class="name" title={name}>
                    {name}
                  </th>
                  <td>{type}</td>
                  <td class="end">
                    <button type="button" class="quiet" onClick={() => setShown(name)}>
                      Preview
                    </button>
                    <button type="button" class="quiet" onClick={() => void edit(name)}>
                      Edit
                    </button>
                    <button type="button" class="quiet" onClick={() => setDoomed(name)}>
                      Delete
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : sources ? (
        <Empty>
          <h2>No data sources yet</h2>
          <p>
            A source is a file with rows of the past; a project learns it from its tab <em>Data</em>
            .
          </p>
        </Empty>
      ) : null}
      {form ? (
        <SourceDialog
          client={client}
          initial={form.source}
          isNew={form.isNew}
          onDone={again}
          onClose={() => setForm(undefined)}
        />
      ) : null}
      {shown !== undefined ? (
        <SampleDialog client={client} name={shown} onClose={() => setShown(undefined)} />
      ) : null}
      {doomed !== undefined ? (
        <Confirm
          title={`Delete source ${doomed}?`}
          action="Delete"
          onClose={() => setDoomed(undefined)}
          onConfirm={async () => {
            await client.delete(`/dss/${segment(doomed)}`);
            again();
          }}
        >
          <p>The file stays where it is, and so does what projects have learned from it.</p>
        </Confirm>
      ) : null}
    </div>
  );
}

interface SampleProps {
  client: Client;
  name: string;
  onClose: () => void;
}

function SampleDialog({ client, name, onClose }: SampleProps) {
  const [frame, setFrame] = useState<DataFrame | undefined>();
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get(`/dss/${segment(name)}/sample`);
      if (alive()) setFrame(readFrame(values));
    },
    60_000,
    [name],
  );
  return (
    <Modal title={name} onClose={onClose} wide>
      <Failure text={failure} />
      {frame ? (
        <Preview frame={frame} types={frame.attributeTypes} />
      ) : failure ? null : (
        <p class="muted">Reading…</p>
      )}
    </Modal>
  );
}

interface SourceDialogProps {
  client: Client;
  initial: SourceForm;
  isNew: boolean;
  onDone: () => void;
  onClose: () => void;
}

function SourceDialog({ client, initial, isNew, onDone, onClose }: SourceDialogProps) {
  const [form, setForm] = useState<SourceForm>(initial);
  const [frame, setFrame] = useState<DataFrame | undefined>();
  const [listing, setListing] = useState<Listing | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const set = (part: Partial<SourceForm>) => {
    setForm({ ...form, ...part });
    setFrame(undefined);
  };
  const attempt = async (work: () => Promise<void>) => {
    setRefused(undefined);
    try {
      await work();
    } catch (error) {
      setRefused(messageOf(error));
    }
  };
  const browse = (path: string) =>
    attempt(async () => {
      const { values } = await client.post("/projects/dsbrowse", {
        type: form.type,
        path,
        info: { path },
      });
      setListing(readListing(values));
    });
  const preview = () =>
    attempt(async () => {
      const problem = sourceProblem(form, false);
      if (problem) throw new Error(problem);
      const { values } = await client.post("/dss/sample/preview", sourceInfo(form));
      setFrame(readFrame(values));
    });
  const submit = async () => {
    const problem = sourceProblem(form, true);
    if (problem) throw new Error(problem);
    if (isNew) await client.post("/dss/create", sourceInfo(form));
    else await client.put(`/dss/${segment(initial.name)}`, sourceInfo(form));
    onDone();
  };
  const kind = SOURCE_TYPES.find(({ id }) => id === form.type);
  return (
    <DialogForm
      title={isNew ? "New data source" : `Edit ${initial.name}`}
      action={isNew ? "Create" : "Save"}
      wide
      onSubmit={submit}
      onClose={onClose}
      extra={
        <button type="button" onClick={() => void preview()}>
          Preview
        </button>
      }
    >
      <div class="fields">
        <label>
          Name
          <input
            name="name"
            spellcheck={false}
            disabled={!isNew}
            value={form.name}
            onInput={(event) => set({ name: event.currentTarget.value })}
          />
        </label>
        <label>
          Type
          <select
            name="type"
            value={form.type}
            onChange={(event) => {
              set({ type: event.currentTarget.value });
              setListing(undefined);
            }}
          >
            {SOURCE_TYPES.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label>
        Path
        <span class="with-button">
          <input
            name="path"
            spellcheck={false}
            placeholder={kind?.hint ?? ""}
            value={form.path}
            onInput={(event) => set({ path: event.currentTarget.value })}
          />
          {form.type === "localfile" ? (
            <button type="button" onClick={() => void browse("")}>
              Browse
            </button>
          ) : null}
        </span>
      </label>
      {listing ? (
        <Files
          listing={listing}
          onFolder={(path) => void browse(path)}
          onFile={(path) => {
            set({ path });
            setListing(undefined);
          }}
        />
      ) : null}
      <div class="fields">
        <label>
          Separator
          <input
            name="separator"
            placeholder=", (\t for a tab)"
            value={form.separator}
            onInput={(event) => set({ separator: event.currentTarget.value })}
          />
        </label>
        <label>
          Quote
          <input
            name="quote"
            placeholder="the server’s default"
            value={form.quote}
            onInput={(event) => set({ quote: event.currentTarget.value })}
          />
        </label>
        <label class="inline">
          <input
            type="checkbox"
            name="strictQuotes"
            checked={form.strictQuotes}
            onChange={(event) => set({ strictQuotes: event.currentTarget.checked })}
          />
          Drop what stands outside quotes
        </label>
        <label class="inline">
          <input
            type="checkbox"
            name="headerMissing"
            checked={form.headerMissing}
            onChange={(event) => set({ headerMissing: event.currentTarget.checked })}
          />
          The first line is a row already
        </label>
      </div>
      <Failure text={refused} />
      {frame ? <Preview frame={frame} types={frame.attributeTypes} /> : null}
    </DialogForm>
  );
}

interface FilesProps {
  listing: Listing;
  onFolder: (path: string) => void;
  onFile: (path: string) => void;
}

function Files({ listing, onFolder, onFile }: FilesProps) {
  const { path, dirs, files } = listing;
  const entry = (name: string, title: string, onOpen: (path: string) => void) => (
    <li key={title}>
      <button type="button" class="link" onClick={() => onOpen(joined(path, name))}>
        {title}
      </button>
    </li>
  );
  return (
    <ul class="files" aria-label={`Files in ${path || "the data root"}`}>
      {path.replace(/[./]/g, "") !== "" ? (
        <li>
          <button type="button" class="link" onClick={() => onFolder(parentOf(path))}>
            ..
          </button>
        </li>
      ) : null}
      {dirs.map((name) => entry(name, `${name}/`, onFolder))}
      {files.map((name) => entry(name, name, onFile))}
      {dirs.length + files.length === 0 ? <li class="muted">nothing here</li> : null}
    </ul>
  );
}
