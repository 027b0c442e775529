/* properties.tsx: what a project was told, what it warns of, and what can be done with it as a whole.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { messageOf, query, segment, type Client } from "../api/client";
import type { ProjectInfo } from "../api/types";
import { readExport, readNames, readProject } from "../data/answers";
import { fromBase64 } from "../data/base64";
import { nameProblem } from "../data/form";
import { countAttributes } from "../data/terms";
import { formatBytes, formatCount, formatTime } from "../format";
import { DialogForm } from "../parts/dialog-form";
import { download } from "../parts/download";
import { Failure, Num } from "../parts/parts";
import { usePoll } from "../parts/poll";
import { go } from "../parts/route";
import { FusionCells } from "./fusion";
import type { TabProps } from "./project";

type Asking = "merge" | "rename" | "encoder" | undefined;

export function PropertiesTab({ client, pid }: TabProps) {
  const [info, setInfo] = useState<ProjectInfo | undefined>();
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<string | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const [round, setRound] = useState(0);
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get(`/projects/${segment(pid)}/info`);
      if (alive()) setInfo(readProject(values));
    },
    2000,
    [client, pid, round],
  );
  const act = async (work: () => Promise<string>) => {
    setSaid(undefined);
    setRefused(undefined);
    try {
      setSaid(await work());
    } catch (error) {
      setRefused(messageOf(error));
    }
    setRound((before) => before + 1);
  };
  const path = `/projects/${segment(pid)}`;
  const save = async () => {
    await client.post(`${path}/save`);
    return "A snapshot was taken.";
  };
  const unload = async () => {
    await client.post(`${path}/unload`);
    go({ screen: "projects" });
    return "";
  };
  const exportIt = async () => {
    const { values } = await client.get(`${path}/export`);
    const bytes = fromBase64(readExport(values));
    download(`${pid}.weir`, bytes);
    return `${formatBytes(bytes.length)} were exported.`;
  };
  const histograms = async (enable: boolean) => {
    await client.post(`${path}/histogramEnable${query({ enable })}`);
    return enable ? "Histograms cover the rows from now on." : "Histograms are gone.";
  };
  if (!info) return <Failure text={failure} />;
  return (
    <>
      <div class="toolbar">
        <button type="button" onClick={() => void act(save)}>
          Save now
        </button>
        {info.persisted ? (
          <button
            type="button"
            title="Frees its memory; the next use loads it again"
            onClick={() => void act(unload)}
          >
            Unload
          </button>
        ) : null}
        <button type="button" onClick={() => void act(() => histograms(!info.histogramEnabled))}>
          {info.histogramEnabled ? "Turn histograms off" : "Turn histograms on"}
        </button>
        <button type="button" onClick={() => setAsking("encoder")}>
          Assign an encoder…
        </button>
        <button type="button" onClick={() => setAsking("rename")}>
          Rename…
        </button>
        <button type="button" onClick={() => setAsking("merge")}>
          Merge…
        </button>
        {info.type === "fusion" ? null : (
          <button type="button" onClick={() => void act(exportIt)}>
            Export
          </button>
        )}
      </div>
      <Failure text={failure ?? refused} />
      {said ? (
        <p class="notice" role="status">
          {said}
        </p>
      ) : null}
      {info.type === "fusion" ? (
        <FusionCells
          client={client}
          pid={pid}
          error={info.params["fusion_fetch_error"]}
          onChanged={(sentence) => void act(async () => sentence)}
        />
      ) : null}
      <div class="halves">
        <Facts info={info} />
        <Parameters params={info.params} />
      </div>
      {asking === "merge" ? (
        <MergeDialog
          client={client}
          pid={pid}
          onDone={(other) => void act(async () => `${other} was merged into ${pid}.`)}
          onClose={() => setAsking(undefined)}
        />
      ) : null}
      {asking === "rename" ? (
        <RenameDialog client={client} pid={pid} onClose={() => setAsking(undefined)} />
      ) : null}
      {asking === "encoder" ? (
        <EncoderDialog
          client={client}
          pid={pid}
          onDone={(name) =>
            void act(async () =>
              name === "" ? "No encoder any more." : `${name} encodes texts from now on.`,
            )
          }
          onClose={() => setAsking(undefined)}
        />
      ) : null}
    </>
  );
}

function Facts({ info }: { info: ProjectInfo }) {
  const yes = (value: boolean | undefined) => (value ? "yes" : "no");
  return (
    <section class="panel" aria-label="Project">
      <header class="panel-head">
        <h2>Project</h2>
      </header>
      <dl class="facts padded">
        <Fact title="Type">{info.type}</Fact>
        {info.partitionColumn ? (
          <Fact title="Parted by">
            <code>{info.partitionColumn}</code>
          </Fact>
        ) : null}
        <Fact title="Rows">
          <Num value={info.rows} text={formatCount(info.rows)} />
        </Fact>
        <Fact title="Attributes">{formatCount(countAttributes(info))}</Fact>
        <Fact title="Memory">{formatBytes(info.memory)}</Fact>
        <Fact title="Created">{formatTime(info.creationDate)}</Fact>
        <Fact title="Changed">{formatTime(info.lastModificationDate)}</Fact>
        <Fact title="Survives a restart">{yes(info.persisted)}</Fact>
        <Fact title="Histograms">{yes(info.histogramEnabled)}</Fact>
        <Fact title="Saved by itself">{yes(info.autoSave)}</Fact>
        {info.encoderName ? <Fact title="Encoder">{info.encoderName}</Fact> : null}
        {info.dsList && info.dsList.length > 0 ? (
          <Fact title="Data sources">{info.dsList.join(", ")}</Fact>
        ) : null}
        <Fact title="Cells left out">{formatCount(info.rejectedCells)}</Fact>
        <Fact title="Rows left out">{formatCount(info.rejectedRows)}</Fact>
        {(info.warnings ?? []).map((warning) => (
          <Fact key={warning} title="Note">
            {warning}
          </Fact>
        ))}
      </dl>
    </section>
  );
}

function Fact({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Parameters({ params }: { params: Readonly<Record<string, string>> }) {
  return (
    <section class="panel" aria-label="Parameters">
      <header class="panel-head">
        <h2>Parameters</h2>
      </header>
      <table class="data params">
        <tbody>
          {Object.entries(params).map(([name, value]) => (
            <tr key={name} data-param={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td class="wrap">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface DialogProps {
  client: Client;
  pid: string;
  onClose: () => void;
}

/* A name out of a list that the server keeps. */
function useNames(client: Client, path: string): readonly string[] {
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    client
      .get(path)
      .then(({ values }) => setNames(readNames(values)))
      .catch(() => setNames([]));
  }, [client, path]);
  return names;
}

interface NameChoiceProps {
  label: string;
  none: string; /* what the empty choice says */
  names: readonly string[];
  value: string;
  onValue: (value: string) => void;
}

function NameChoice({ label, none, names, value, onValue }: NameChoiceProps) {
  return (
    <label>
      {label}
      <select name="choice" value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="">{none}</option>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

function MergeDialog({
  client,
  pid,
  onDone,
  onClose,
}: DialogProps & { onDone: (other: string) => void }) {
  const others = useNames(client, "/projects/list").filter((name) => name !== pid);
  const [other, setOther] = useState("");
  const submit = async () => {
    if (other === "") throw new Error("Choose a project.");
    await client.post(`/projects/${segment(pid)}/merge${query({ otherProjectName: other })}`);
    onDone(other);
  };
  return (
    <DialogForm title={`Merge into ${pid}`} action="Merge" onSubmit={submit} onClose={onClose}>
      <p>
        What another project knows is added to this one, attributes united by name. The other stays
        as it is.
      </p>
      <NameChoice
        label="Project"
        none="choose one"
        names={others}
        value={other}
        onValue={setOther}
      />
    </DialogForm>
  );
}

function RenameDialog({ client, pid, onClose }: DialogProps) {
  const [name, setName] = useState(pid);
  const submit = async () => {
    const newName = name.trim();
    const problem = nameProblem("A project", newName);
    if (problem) throw new Error(problem);
    await client.post(`/projects/${segment(pid)}/rename${query({ newName })}`);
    go({ screen: "project", pid: newName, tab: "properties" });
  };
  return (
    <DialogForm title={`Rename ${pid}`} action="Rename" onSubmit={submit} onClose={onClose}>
      <label>
        New name
        <input
          name="newName"
          spellcheck={false}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
    </DialogForm>
  );
}

function EncoderDialog({
  client,
  pid,
  onDone,
  onClose,
}: DialogProps & { onDone: (name: string) => void }) {
  const encoders = useNames(client, "/encoders");
  const [name, setName] = useState("");
  const submit = async () => {
    await client.post(`/projects/${segment(pid)}/encoderAssign${query({ encoderName: name })}`);
    onDone(name);
  };
  return (
    <DialogForm title="Assign an encoder" action="Assign" onSubmit={submit} onClose={onClose}>
      <p>Texts and lists that the encoder knows become numbers before they are learned.</p>
      <NameChoice label="Encoder" none="none" names={encoders} value={name} onValue={setName} />
    </DialogForm>
  );
}
