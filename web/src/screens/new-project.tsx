/* new-project.tsx: making a project, empty or from an exported summary.
 *
 * What a project can be told at its creation is the server's table of parameters.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useState } from "preact/hooks";
import { query, segment, type Client } from "../api/client";
import type { AlgorithmOption } from "../api/types";
import { readParameters } from "../data/answers";
import { toBase64 } from "../data/base64";
import { changedSettings, nameProblem, optionProblem } from "../data/form";
import { parameterFits, PROJECT_TYPES } from "../data/parameters";
import { DialogForm } from "../parts/dialog-form";
import { OptionField } from "../parts/option-field";
import { Failure } from "../parts/parts";
import { go } from "../parts/route";

interface NewProjectProps {
  client: Client;
  onClose: () => void;
}

export function NewProject({ client, onClose }: NewProjectProps) {
  const [pid, setPid] = useState("");
  const [type, setType] = useState("cpu");
  const [histograms, setHistograms] = useState(true);
  const [persist, setPersist] = useState(true);
  const [parameters, setParameters] = useState<readonly AlgorithmOption[]>([]);
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [unlisted, setUnlisted] = useState<string | undefined>();
  useEffect(() => {
    client
      .get("/parameters")
      .then(({ values }) => setParameters(readParameters(values)))
      .catch((error: Error) => setUnlisted(error.message));
  }, [client]);
  const offered = parameters.filter(({ name }) => parameterFits(name, type));
  const submit = async () => {
    const name = pid.trim();
    const problem = nameProblem("A project", name);
    if (problem) throw new Error(problem);
    for (const option of offered) {
      const wrong = optionProblem(option, texts[option.name] ?? "");
      if (wrong) throw new Error(`The parameter ${option.name}: ${wrong}`);
    }
    const options = { pid: name, type, persist, enableHistogram: histograms };
    await client.post(`/projects${query(options)}`, changedSettings(offered, texts));
    go({ screen: "project", pid: name, tab: "live" });
  };
  return (
    <DialogForm title="New project" action="Create" wide onSubmit={submit} onClose={onClose}>
      <div class="build columns">
        <div class="stack">
          <NameField value={pid} onValue={setPid} />
          <label>
            Type
            <select
              name="type"
              value={type}
              onChange={(event) => setType(event.currentTarget.value)}
            >
              {PROJECT_TYPES.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </select>
            <span class="help">{PROJECT_TYPES.find(({ id }) => id === type)?.help}</span>
          </label>
          <Check
            name="histograms"
            title="Keep histograms"
            help="Needed for quantiles, densities and the models hba and ecod."
            checked={histograms}
            onChecked={setHistograms}
          />
          <Check
            name="persist"
            title="Survive a restart"
            help="Every acknowledged row is on disk before the answer."
            checked={persist}
            onChecked={setPersist}
          />
        </div>
        <fieldset>
          <legend>Parameters</legend>
          <Failure text={unlisted} />
          <div class="stack scroll tall inset">
            {offered.map((option) => (
              <OptionField
                key={option.name}
                option={option}
                text={texts[option.name] ?? option.default ?? ""}
                problem={optionProblem(option, texts[option.name] ?? "")}
                onText={(text) => setTexts({ ...texts, [option.name]: text })}
              />
            ))}
          </div>
        </fieldset>
      </div>
    </DialogForm>
  );
}

function NameField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  return (
    <label>
      Name
      <input
        name="pid"
        required
        spellcheck={false}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </label>
  );
}

interface CheckProps {
  name: string;
  title: string;
  help: string;
  checked: boolean;
  onChecked: (checked: boolean) => void;
}

function Check({ name, title, help, checked, onChecked }: CheckProps) {
  return (
    <div>
      <label class="inline">
        <input
          type="checkbox"
          name={name}
          checked={checked}
          onChange={(event) => onChecked(event.currentTarget.checked)}
        />
        {title}
      </label>
      <p class="help">{help}</p>
    </div>
  );
}

/* A project from a file that Export (or weir summarize) wrote. */
export function ImportProject({ client, onClose }: NewProjectProps) {
  const [pid, setPid] = useState("");
  const [file, setFile] = useState<File | undefined>();
  const [persist, setPersist] = useState(true);
  const submit = async () => {
    const name = pid.trim();
    const problem = nameProblem("A project", name);
    if (problem) throw new Error(problem);
    if (!file) throw new Error("Choose a file.");
    const bytes = new Uint8Array(await file.arrayBuffer());
    await client.post(`/projects/${segment(name)}/import${query({ persist })}`, toBase64(bytes));
    go({ screen: "project", pid: name, tab: "live" });
  };
  return (
    <DialogForm title="Import a project" action="Import" onSubmit={submit} onClose={onClose}>
      <label>
        File
        <input
          name="file"
          type="file"
          onChange={(event) => {
            const chosen = event.currentTarget.files?.[0];
            setFile(chosen);
            if (chosen && pid === "") setPid(chosen.name.replace(/\.[^.]*$/, ""));
          }}
        />
        <span class="help">
          A summary as Export or <code>weir summarize</code> writes it.
        </span>
      </label>
      <NameField value={pid} onValue={setPid} />
      <Check
        name="persist"
        title="Survive a restart"
        help="Every acknowledged row is on disk before the answer."
        checked={persist}
        onChecked={setPersist}
      />
    </DialogForm>
  );
}
