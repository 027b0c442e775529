/* build.tsx: the form that builds a model. Nothing in it knows an algorithm: fields, defaults,
 * ranges and help are what the server lists.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import { messageOf, query, segment, type Client } from "../api/client";
import type { Algorithm, JobInfo, Live, Place } from "../api/types";
import { readAlgorithms } from "../data/answers";
import { changedSettings, modelNameProblem, optionProblem, REFRESH } from "../data/form";
import { targetPlace, termsOf } from "../data/terms";
import { followJob, JobProgress } from "../parts/job";
import { OptionField } from "../parts/option-field";
import { Failure, Modal } from "../parts/parts";
import { PlaceField } from "../parts/place-field";

interface BuildFormProps {
  client: Client;
  pid: string;
  live: Live;
  onClose: () => void;
}

const INPUTS: Place = { label: "Inputs", types: ["C", "B"], least: 1, most: 0 };

type Progress = { state: "idle" } | { state: "building"; job?: JobInfo } | { state: "built" };

export function BuildForm({ client, pid, live, onClose }: BuildFormProps) {
  const [algorithms, setAlgorithms] = useState<readonly Algorithm[]>([]);
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set()); /* inputs left out */
  const [target, setTarget] = useState("");
  const [failure, setFailure] = useState<string | undefined>();
  const [tried, setTried] = useState(false);
  const [progress, setProgress] = useState<Progress>({ state: "idle" });

  useEffect(() => {
    client
      .get("/algorithms")
      .then(({ values }) => {
        const list = readAlgorithms(values);
        setAlgorithms(list);
        setId(list[0]?.id ?? "");
      })
      .catch((error: Error) => setFailure(error.message));
  }, [client]);

  const algorithm = algorithms.find((each) => each.id === id);
  const terms = useMemo(() => termsOf(live.attributes ?? []), [live.attributes]);
  const wantsTarget = algorithm?.targets.some((kind) => kind !== "none") ?? false;
  const needsTarget = wantsTarget && !algorithm?.targets.includes("none");
  const inputTerms = terms.filter((each) => each.name !== target);
  const inputs = inputTerms
    .filter((each) => each.type !== "T" && !left.has(each.name))
    .map((each) => each.name);
  const nameProblem = modelNameProblem(name.trim());
  const options = [...(algorithm?.options ?? []), ...REFRESH];
  const problems = options.map((option) => optionProblem(option, texts[option.name] ?? ""));
  const inputProblem = inputs.length === 0 ? "A model needs at least one input." : undefined;
  const targetProblem = needsTarget && target === "" ? "Choose what it predicts." : undefined;
  const fine = !nameProblem && !inputProblem && !targetProblem && problems.every((each) => !each);
  const replaced = live.models.find(({ modelId }) => modelId === name.trim());
  const busy = progress.state === "building";

  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!fine || !algorithm) return;
    setFailure(undefined);
    setProgress({ state: "building" });
    try {
      const path = `/projects/${segment(pid)}/build`;
      const { job } = await client.post(path + query({ modelid: name.trim(), algo: id }), {
        inputAttributeNames: inputs,
        targetAttributeNames: target === "" ? [] : [target],
        extraParameters: changedSettings(options, texts),
      });
      if (job !== undefined) {
        await followJob(client, job, (info) => setProgress({ state: "building", job: info }));
      }
      setProgress({ state: "built" });
      onClose();
    } catch (error) {
      setFailure(messageOf(error));
      setProgress({ state: "idle" });
    }
  };

  return (
    <Modal title="Build a model" onClose={onClose} wide>
      <form class="build" onSubmit={(event) => void submit(event)} noValidate>
        <div class="columns">
          <div>
            <label>
              Algorithm
              <select
                name="algorithm"
                value={id}
                onChange={(event) => {
                  setId(event.currentTarget.value);
                  setTexts({});
                  setTarget("");
                }}
              >
                {algorithms.map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.title} ({each.id})
                  </option>
                ))}
              </select>
            </label>
            {algorithm ? (
              <p class="help">
                {algorithm.help}
                {algorithm.paper ? <span class="paper">{algorithm.paper}</span> : null}
              </p>
            ) : null}
            {algorithm?.needs.includes("histograms") && !live.histograms ? (
              <p class="notice bad">
                This algorithm needs histograms, and this project keeps none.
              </p>
            ) : null}
            <label>
              Name
              <input
                name="modelid"
                required
                spellcheck={false}
                value={name}
                aria-invalid={tried && nameProblem !== undefined}
                onInput={(event) => setName(event.currentTarget.value)}
              />
              <span class={tried && nameProblem ? "help bad" : "help"}>
                {tried && nameProblem
                  ? nameProblem
                  : replaced
                    ? `Becomes version ${replaced.version + 1} of ${replaced.modelId}.`
                    : "A new name, or that of a model to replace."}
              </span>
            </label>
            {wantsTarget ? (
              <>
                <PlaceField
                  name="target"
                  place={targetPlace(algorithm?.targets ?? [])}
                  terms={terms}
                  taken={target === "" ? [] : [target]}
                  onTake={([name]) => setTarget(name ?? "")}
                />
                {tried && targetProblem ? <span class="help bad">{targetProblem}</span> : null}
              </>
            ) : null}
            <PlaceField
              name="input"
              place={INPUTS}
              terms={inputTerms}
              taken={inputs}
              onTake={(taken) =>
                setLeft(
                  new Set(
                    inputTerms.map((each) => each.name).filter((each) => !taken.includes(each)),
                  ),
                )
              }
            />
            {tried && inputProblem ? <p class="help bad">{inputProblem}</p> : null}
          </div>
          <fieldset>
            <legend>Options</legend>
            {options.map((option, i) => (
              <OptionField
                key={`${id}.${option.name}`}
                option={option}
                text={texts[option.name] ?? option.default ?? ""}
                problem={problems[i]}
                onText={(text) => setTexts({ ...texts, [option.name]: text })}
              />
            ))}
          </fieldset>
        </div>
        <Failure text={failure} />
        <footer class="actions">
          {progress.state === "building" ? <JobProgress job={progress.job} /> : null}
          <span class="grow" />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy || !algorithm}>
            Build
          </button>
        </footer>
      </form>
    </Modal>
  );
}
