/* tests.tsx: hypothesis tests and all other questions of the server's table of metrics.
 *
 * The form is made from the table: a metric added to core/ appears with its places, options and help.
 * Answers are shown by what they hold (data/findings.ts), not by the metric's name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import { segment, type Client } from "../api/client";
import type { Exploration, Shape } from "../api/types";
import { readExplorations, readNumbers } from "../data/answers";
import { findingsOf } from "../data/findings";
import { groupsQuestion, readGroups } from "../data/groups";
import { nullHypothesis } from "../data/hypotheses";
import {
  contextOf,
  isRanking,
  placesOf,
  rankingContexts,
  settingProblem,
  takenFor,
  type Chosen,
  type Context,
} from "../data/question";
import { termsOf, type Term } from "../data/terms";
import { changedSettings } from "../data/form";
import { useAnswer } from "../parts/ask";
import { OptionField } from "../parts/option-field";
import { AutoRefresh, Empty, Failure } from "../parts/parts";
import { PlaceField } from "../parts/place-field";
import { QuestionMenu } from "../parts/question-menu";
import { FindingsView } from "./findings";
import type { TabProps } from "./project";
import { RankingView } from "./ranking";

const UNBIASED = "sml_explore_unbiased";

/* The server's table, asked once. */
export function useExplorations(client: Client): {
  explorations: readonly Exploration[] | undefined;
  failure: string | undefined;
} {
  const [explorations, setExplorations] = useState<readonly Exploration[] | undefined>();
  const [failure, setFailure] = useState<string | undefined>();
  useEffect(() => {
    client
      .get("/explorations")
      .then(({ values }) => setExplorations(readExplorations(values)))
      .catch((error: Error) => setFailure(error.message));
  }, [client]);
  return { explorations, failure };
}

export function TestsTab({ client, pid, live }: TabProps) {
  const { explorations, failure } = useExplorations(client);
  const terms = useMemo(() => termsOf(live.attributes ?? []), [live.attributes]);
  const metrics = (explorations ?? []).filter(({ kind }) => kind === "metric");
  const [id, setId] = useState<string | undefined>();
  const metric = metrics.find((each) => each.id === id) ?? metrics[0];
  if (failure) return <Failure text={failure} />;
  if (!metric) return null;
  if (terms.length === 0) {
    return (
      <Empty>
        <h2>Nothing to test yet</h2>
        <p>Tests need continuous or binary attributes with rows.</p>
      </Empty>
    );
  }
  return (
    <div class="ask">
      <QuestionMenu metrics={metrics} current={metric.id} onPick={setId} />
      <Metric
        key={metric.id}
        client={client}
        pid={pid}
        metric={metric}
        terms={terms}
        sequence={live.sequence}
      />
    </div>
  );
}

interface MetricProps {
  client: Client;
  pid: string;
  metric: Exploration;
  terms: readonly Term[];
  sequence: number;
}

function Metric({ client, pid, metric, terms, sequence }: MetricProps) {
  const [at, setAt] = useState(0);
  const [chosen, setChosen] = useState<Chosen>({});
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [auto, setAuto] = useState(false);
  const shape = metric.shapes[at] ?? metric.shapes[0];
  const options = metric.options.filter(({ name }) => name !== UNBIASED);
  const unbiased = metric.options.some(({ name }) => name === UNBIASED);
  const contexts = shape ? contextsOf(metric, shape, chosen, terms, texts) : [];
  const body = contexts.length > 0 ? JSON.stringify(contexts) : undefined;
  const { answer, failure, busy } = useAnswer(
    body && `${metric.id}\n${body}`,
    sequence,
    auto,
    async () => {
      const path = `/projects/${segment(pid)}`;
      const { values } = await client.post(`${path}/${metric.path}`, { values: contexts });
      const answers = readNumbers(values);
      const groups = contexts[0] && groupsQuestion(contexts[0], terms);
      if (!groups || answers[0]?.["SSb"] === undefined) return { answers, groups: [] };
      const asked = await client.post(
        `${path}/explore?metric=${groups.metric}&returnProjectInfo=false`,
        { values: groups.contexts },
      );
      return { answers, groups: readGroups(groups, readNumbers(asked.values)) };
    },
  );
  const first = contexts[0];
  const isBinary = (name: string) => terms.some((each) => each.name === name && each.type === "B");
  const supposed =
    first && shape && !isRanking(shape) ? nullHypothesis(metric.id, first, isBinary) : undefined;
  return (
    <div class="stack" data-form={metric.id}>
      <section class="panel" aria-label={metric.title}>
        <header class="panel-head">
          <h2>{metric.title}</h2>
          <span class="grow" />
          {unbiased ? (
            <label class="inline" title="Divide by n − 1 instead of n">
              <input
                type="checkbox"
                name={UNBIASED}
                checked={texts[UNBIASED] === "true"}
                onChange={(event) =>
                  setTexts({ ...texts, [UNBIASED]: String(event.currentTarget.checked) })
                }
              />
              Unbiased
            </label>
          ) : null}
          <AutoRefresh on={auto} onChange={setAuto} />
        </header>
        <div class="panel-form">
          <p class="help">{metric.help}</p>
          {metric.shapes.length > 1 ? (
            <fieldset class="choice">
              <legend class="sr-only">Form of the question</legend>
              {metric.shapes.map((each, i) => (
                <label key={each.title} class="inline">
                  <input
                    type="radio"
                    name={`shape-${metric.id}`}
                    value={each.title}
                    checked={i === at}
                    onChange={() => {
                      setAt(i);
                      setChosen({});
                    }}
                  />
                  {each.title}
                </label>
              ))}
            </fieldset>
          ) : null}
          {shape ? (
            <div class="places">
              <Places shape={shape} terms={terms} chosen={chosen} onChosen={setChosen} />
            </div>
          ) : null}
          {options.length > 0 ? (
            <div class="places">
              {options.map((option) => {
                const text = texts[option.name];
                const problem = settingProblem(option, text ?? "");
                return (
                  <OptionField
                    key={option.name}
                    option={option}
                    text={text ?? option.default ?? ""}
                    problem={text === undefined ? undefined : problem}
                    onText={(next) => setTexts({ ...texts, [option.name]: next })}
                  />
                );
              })}
            </div>
          ) : null}
        </div>
      </section>
      {supposed ? (
        <p class="notice" data-h0>
          <strong>H₀</strong> {supposed}
        </p>
      ) : null}
      <Failure text={failure} />
      {busy ? <p class="muted">Asking…</p> : null}
      {answer && first && shape ? (
        isRanking(shape) ? (
          <RankingView
            title={`${metric.title} about ${first.targetAttributeNames[0] ?? ""}`}
            keys={metric.keys}
            lines={contexts.map((context, i) => ({
              name: context.inputAttributeNames[0] ?? "",
              answer: answer.answers[i] ?? {},
            }))}
          />
        ) : (
          <FindingsView
            metric={metric}
            context={first}
            isBinary={isBinary}
            answer={answer.answers[0] ?? {}}
            groups={answer.groups}
            findings={findingsOf(answer.answers[0] ?? {}, namesOf(first))}
          />
        )
      ) : null}
    </div>
  );
}

const namesOf = (context: Context) => [
  ...context.inputAttributeNames,
  ...context.targetAttributeNames,
];

function contextsOf(
  metric: Exploration,
  shape: Shape,
  chosen: Chosen,
  terms: readonly Term[],
  texts: Readonly<Record<string, string>>,
): Context[] {
  if (isRanking(shape)) {
    const target = placesOf(shape).targets[0];
    const name = target && takenFor(target, chosen, terms)[0];
    const fine = metric.options.every((each) => !settingProblem(each, texts[each.name] ?? ""));
    return name !== undefined && fine
      ? rankingContexts(shape, name, terms, changedSettings(metric.options, texts))
      : [];
  }
  const context = contextOf(shape, chosen, terms, metric.options, texts);
  return context ? [context] : [];
}

interface PlacesProps {
  shape: Shape;
  terms: readonly Term[];
  chosen: Chosen;
  onChosen: (chosen: Chosen) => void;
}

/* The fields of a shape. A ranking asks for its target only: its inputs are all others. */
function Places({ shape, terms, chosen, onChosen }: PlacesProps) {
  const { inputs, targets } = placesOf(shape);
  return (
    <>
      {[...(isRanking(shape) ? [] : inputs), ...targets].map((place) => (
        <PlaceField
          key={place.key}
          name={place.key}
          place={place}
          terms={terms}
          taken={takenFor(place, chosen, terms)}
          onTake={(names) => onChosen({ ...chosen, [place.key]: names })}
        />
      ))}
    </>
  );
}
