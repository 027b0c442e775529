/* drift.tsx: whether the statistics of a project have moved away from those of another, or of its
 * own window.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Place } from "../api/types";
import { readNames, readNumbers } from "../data/answers";
import { driftOf, WINDOW, type Drift } from "../data/drift";
import { changedSettings } from "../data/form";
import { settingProblem } from "../data/question";
import { termsOf } from "../data/terms";
import { formatChance, formatNumber } from "../format";
import { useAnswer } from "../parts/ask";
import { OptionField } from "../parts/option-field";
import { AutoRefresh, Empty, Failure, Num } from "../parts/parts";
import { PlaceField } from "../parts/place-field";
import type { TabProps } from "./project";
import { Bar } from "./ranking";
import { useExplorations } from "./tests";

const ATTRIBUTES: Place = {
  label: "Attributes (none chosen: all that both have)",
  types: ["C", "B"],
  least: 0,
  most: 0,
};

export function DriftTab({ client, pid, live }: TabProps) {
  const { explorations, failure: unlisted } = useExplorations(client);
  const metrics = (explorations ?? []).filter(({ kind }) => kind === "drift");
  const terms = useMemo(() => termsOf(live.attributes ?? []), [live.attributes]);
  const [projects, setProjects] = useState<readonly string[] | undefined>();
  const [picked, setPicked] = useState<string | undefined>();
  const [other, setOther] = useState<string | undefined>();
  const [taken, setTaken] = useState<readonly string[]>([]);
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [auto, setAuto] = useState(false);
  useEffect(() => {
    client
      .get("/projects/list")
      .then(({ values }) => setProjects(readNames(values).filter((name) => name !== pid)))
      .catch(() => setProjects([]));
  }, [client, pid]);
  const metric = metrics.find(({ id }) => id === picked) ?? metrics[0];
  const options = metric?.options ?? [];
  const fits = options.every((option) => !settingProblem(option, texts[option.name] ?? ""));
  const body = metric &&
    fits &&
    other !== undefined && {
      inputAttributeNames: taken,
      extraParameters: {
        driftPreferenceProjectName: pid,
        driftAnalysisProjectName: other,
        driftMetric: metric.id,
        ...changedSettings(options, texts),
      },
    };
  const { answer, failure, busy } = useAnswer(
    body ? JSON.stringify(body) : undefined,
    live.sequence,
    auto,
    async () => {
      const { values } = await client.post("/projects/dataDrift", body);
      return driftOf(readNumbers(values)[0] ?? {});
    },
  );
  if (unlisted) return <Failure text={unlisted} />;
  if (!metric || projects === undefined) return null;
  if (terms.length === 0) {
    return (
      <Empty>
        <h2>Nothing to compare yet</h2>
        <p>Drift compares the statistics of rows learned.</p>
      </Empty>
    );
  }
  return (
    <>
      <section class="panel" aria-label="What to compare">
        <header class="panel-head">
          <h2>Drift away from {pid}</h2>
          <span class="grow" />
          <AutoRefresh on={auto} onChange={setAuto} />
        </header>
        <div class="panel-form">
          <div class="places">
            <div class="stack">
              <label>
                Compared with
                <select
                  name="other"
                  value={other ?? ""}
                  onChange={(event) => setOther(event.currentTarget.value || undefined)}
                >
                  <option value="">choose one</option>
                  <option value={WINDOW}>its own rolling window</option>
                  {projects.map((name) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
              </label>
              <label>
                Measure
                <select
                  name="drift-metric"
                  value={metric.id}
                  onChange={(event) => setPicked(event.currentTarget.value)}
                >
                  {metrics.map(({ id, title }) => (
                    <option key={id} value={id}>
                      {title}
                    </option>
                  ))}
                </select>
                <span class="help">{metric.help}</span>
              </label>
              {options.map((option) => (
                <OptionField
                  key={option.name}
                  option={option}
                  text={texts[option.name] ?? option.default ?? ""}
                  problem={settingProblem(option, texts[option.name] ?? "")}
                  onText={(text) => setTexts({ ...texts, [option.name]: text })}
                />
              ))}
            </div>
            <PlaceField
              name="drift-attributes"
              place={ATTRIBUTES}
              terms={terms}
              taken={taken}
              onTake={setTaken}
            />
          </div>
        </div>
      </section>
      <Failure text={failure} />
      {busy ? <p class="muted">Comparing…</p> : null}
      {answer ? <DriftTable drift={answer} /> : null}
    </>
  );
}

function DriftTable({ drift }: { drift: Drift }) {
  const { score, lines, more } = drift;
  const most = Math.max(1e-300, ...lines.map((line) => line.drift));
  const tested = lines.some(({ p }) => p !== undefined);
  return (
    <section class="panel scroll" aria-label="Drift">
      <dl class="facts inline padded">
        <div data-key="driftScore">
          <dt>Drift score</dt>
          <dd>
            <Num value={score} text={formatNumber(score)} />
          </dd>
        </div>
        {more.map(([key, value]) => (
          <div key={key} data-key={key}>
            <dt>{key}</dt>
            <dd>
              <Num value={value} text={formatNumber(value)} />
            </dd>
          </div>
        ))}
      </dl>
      <table class="data bars">
        <thead>
          <tr>
            <th scope="col">Attribute</th>
            <th scope="col" class="num">
              Drift
            </th>
            {tested ? (
              <>
                <th scope="col" class="num">
                  Statistic
                </th>
                <th scope="col" class="num">
                  p
                </th>
              </>
            ) : null}
            <th scope="col">
              <span class="sr-only">Bar</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ name, drift: value, statistic, p }) => (
            <tr key={name} data-attribute={name}>
              <th scope="row" class="name" title={name}>
                {name}
              </th>
              <td class="num" data-column="drift">
                <Num value={value} text={formatNumber(value)} />
              </td>
              {tested ? (
                <>
                  <td class="num" data-column="stat">
                    <Num value={statistic} text={formatNumber(statistic)} />
                  </td>
                  <td class="num" data-column="p">
                    <Num value={p} text={formatChance(p)} />
                  </td>
                </>
              ) : null}
              <td class="bar-cell">
                <Bar share={value / most} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
