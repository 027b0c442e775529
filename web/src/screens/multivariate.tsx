/* multivariate.tsx: principal components, singular values, variance inflation: what is asked of many
 * attributes at once, as jobs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useMemo, useState } from "preact/hooks";
import { segment, type Client } from "../api/client";
import type { Exploration, JobInfo } from "../api/types";
import { readComponents, readPairs, type Components } from "../data/answers";
import { byAttribute, magnitude, MAGNITUDES, sharesOf, withoutPair } from "../data/components";
import { contextOf, placesOf, settingProblem, takenFor, type Chosen } from "../data/question";
import { singleTerms, termsOf, type Term } from "../data/terms";
import { formatNumber } from "../format";
import { useAnswer } from "../parts/ask";
import { JobProgress, resultOf } from "../parts/job";
import { OptionField } from "../parts/option-field";
import { AutoRefresh, Empty, Failure, Num } from "../parts/parts";
import { PlaceField } from "../parts/place-field";
import { QuestionMenu } from "../parts/question-menu";
import type { TabProps } from "./project";
import { Bar } from "./ranking";
import { useExplorations } from "./tests";

const MOST_TO_BEGIN_WITH = 40;
const ATTRIBUTES_SHOWN = 200; /* of the matrix of vectors */

export function MultivariateTab({ client, pid, live }: TabProps) {
  const { explorations, failure } = useExplorations(client);
  const terms = useMemo(() => termsOf(live.attributes ?? []), [live.attributes]);
  const offered = (explorations ?? []).filter(({ kind }) => kind === "multivariate");
  const [id, setId] = useState<string | undefined>();
  const picked = offered.find((each) => each.id === id) ?? offered[0];
  if (failure) return <Failure text={failure} />;
  if (!picked) return null;
  if (terms.length < 2) {
    return (
      <Empty>
        <h2>Too few attributes yet</h2>
        <p>These questions need at least two continuous or binary attributes.</p>
      </Empty>
    );
  }
  return (
    <div class="ask">
      <QuestionMenu metrics={offered} current={picked.id} onPick={setId} />
      <Question
        key={picked.id}
        client={client}
        pid={pid}
        about={picked}
        terms={terms}
        sequence={live.sequence}
      />
    </div>
  );
}

type Result =
  | { kind: "components"; components: Components }
  | { kind: "pairs"; pairs: [string, string][] };

interface QuestionProps {
  client: Client;
  pid: string;
  about: Exploration;
  terms: readonly Term[];
  sequence: number;
}

function Question({ client, pid, about, terms, sequence }: QuestionProps) {
  const shape = about.shapes[0];
  const place = shape && placesOf(shape).inputs[0];
  const [chosen, setChosen] = useState<Chosen>(() => {
    const fitting = terms.filter(({ type }) => place?.types.includes(type) && type !== "T");
    const names = fitting.slice(0, MOST_TO_BEGIN_WITH).map(({ name }) => name);
    return place ? { [place.key]: names } : {};
  });
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [auto, setAuto] = useState(false);
  const [job, setJob] = useState<JobInfo | undefined>();
  const context = shape && contextOf(shape, chosen, terms, about.options, texts);
  const body = context && JSON.stringify(context);
  const { answer, failure, busy } = useAnswer<Result>(
    body && `${about.id}\n${body}`,
    sequence,
    auto,
    async () => {
      const asked = client.post(`/projects/${segment(pid)}/${about.path}`, { values: [context] });
      const values = await resultOf(client, asked, setJob);
      return values["pcaValues"]
        ? { kind: "components", components: readComponents(values) }
        : { kind: "pairs", pairs: readPairs(values) };
    },
  );
  return (
    <div class="stack" data-form={about.id}>
      <section class="panel" aria-label={about.title}>
        <header class="panel-head">
          <h2>{about.title}</h2>
          <span class="grow" />
          <AutoRefresh on={auto} onChange={setAuto} />
        </header>
        <div class="panel-form">
          <p class="help">{about.help}</p>
          <div class="places">
            {place ? (
              <PlaceField
                name={place.key}
                place={place}
                terms={terms}
                taken={takenFor(place, chosen, terms)}
                onTake={(names) => setChosen({ [place.key]: names })}
              />
            ) : null}
            <div class="stack">
              {about.options.map((option) => (
                <OptionField
                  key={option.name}
                  option={option}
                  text={texts[option.name] ?? option.default ?? ""}
                  problem={settingProblem(option, texts[option.name] ?? "")}
                  onText={(next) => setTexts({ ...texts, [option.name]: next })}
                />
              ))}
            </div>
          </div>
        </div>
      </section>
      <Failure text={failure} />
      {busy ? <JobProgress job={job} /> : null}
      {answer?.kind === "components" ? <ComponentsView components={answer.components} /> : null}
      {answer?.kind === "pairs" && context ? (
        <PairsView
          title={about.title}
          help={about.keys[0]?.help ?? ""}
          pairs={answer.pairs}
          asked={singleTerms(terms, context.inputAttributeNames)}
        />
      ) : null}
    </div>
  );
}

interface PairsProps {
  title: string;
  help: string;
  pairs: readonly (readonly [string, string])[];
  asked: readonly string[];
}

function PairsView({ title, help, pairs, asked }: PairsProps) {
  const lines = byAttribute(pairs, asked);
  const missing = withoutPair(lines, asked);
  const finite = lines.map(({ value }) => value).filter(Number.isFinite);
  const most = Math.max(1e-300, ...finite.map(Math.abs));
  return (
    <section class="panel" aria-label={`Result: ${title}`}>
      {lines.length === 0 ? (
        <p class="notice">Nothing is defined for these attributes.</p>
      ) : (
        <table class="data bars">
          {help ? <caption>{help}</caption> : null}
          <thead>
            <tr>
              <th scope="col">Attribute</th>
              <th scope="col" class="num">
                Value
              </th>
              <th scope="col">
                <span class="sr-only">Bar</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ name, value, text }) => (
              <tr key={name} data-attribute={name}>
                <th scope="row" class="name" title={name}>
                  {name}
                </th>
                <td class="num">
                  {Number.isFinite(value) ? (
                    <Num value={value} text={formatNumber(value)} />
                  ) : (
                    <data value={text}>{text === "Infinity" ? "∞" : text}</data>
                  )}
                </td>
                <td class="bar-cell">
                  <Bar share={Number.isFinite(value) ? Math.abs(value) / most : 1} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {lines.length > 0 && missing.length > 0 ? (
        <p class="more muted" data-missing>
          Not in the answer: {missing.join(", ")}.
        </p>
      ) : null}
    </section>
  );
}

function ComponentsView({ components }: { components: Components }) {
  const { values, attributes, vectors, sum } = components;
  const shares = sharesOf(values, sum);
  return (
    <>
      <section class="panel scroll" aria-label="Eigenvalues">
        <table class="data eigen">
          <caption>
            {values.length} components; the sum of all eigenvalues is{" "}
            <data value={String(sum)}>{formatNumber(sum)}</data>
          </caption>
          <thead>
            <tr>
              <th scope="col">Component</th>
              <th scope="col" class="num">
                Eigenvalue
              </th>
              <th scope="col" class="num">
                Variance explained
              </th>
              <th scope="col" class="num">
                Cumulative
              </th>
              <th scope="col">
                <span class="sr-only">Bar</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shares.map(({ value, share, cumulative }, i) => (
              <tr key={i} data-component={i + 1}>
                <th scope="row">PC{i + 1}</th>
                <td class="num">
                  <Num value={value} text={formatNumber(value)} />
                </td>
                <td class="num">
                  <Num value={share} text={`${share.toFixed(2)} %`} />
                </td>
                <td class="num">
                  <Num value={cumulative} text={`${cumulative.toFixed(2)} %`} />
                </td>
                <td class="bar-cell">
                  <Bar share={share / 100} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section class="panel" aria-label="Eigenvectors">
        <header class="panel-head">
          <h2>Eigenvectors</h2>
          <span class="grow" />
          <span class="legend" aria-hidden="true">
            {MAGNITUDES.map((word, i) => (
              <span key={word}>
                <i class={`swatch m${i}`} /> {word}
              </span>
            ))}
          </span>
        </header>
        <div class="scroll tall" tabIndex={0} role="group" aria-label="Eigenvectors">
          <table class="data vectors">
            <thead>
              <tr>
                <th scope="col">Attribute</th>
                {values.map((_, i) => (
                  <th key={i} scope="col" class="num">
                    PC{i + 1}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {attributes.slice(0, ATTRIBUTES_SHOWN).map((name, r) => (
                <tr key={name} data-attribute={name}>
                  <th scope="row" class="name" title={name}>
                    {name}
                  </th>
                  {(vectors[r] ?? []).map((entry, c) => (
                    <td key={c} class={`num m${magnitude(entry)}`}>
                      <Num value={entry} text={formatNumber(entry)} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {attributes.length > ATTRIBUTES_SHOWN ? (
          <p class="more muted">
            The first {ATTRIBUTES_SHOWN} of {attributes.length} attributes.
          </p>
        ) : null}
      </section>
    </>
  );
}
