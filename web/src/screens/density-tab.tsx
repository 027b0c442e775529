/* density-tab.tsx: the distribution of an attribute in any bins, whole and under a condition.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useMemo, useState } from "preact/hooks";
import { segment } from "../api/client";
import type { Density, Place } from "../api/types";
import { readDensities } from "../data/answers";
import { boundsProblem, densityParameters, type Bounds } from "../data/density";
import { termsOf } from "../data/terms";
import { formatCount, formatShort } from "../format";
import { useAnswer } from "../parts/ask";
import { Empty, Failure, Figure } from "../parts/parts";
import { PlaceField } from "../parts/place-field";
import { Histogram, HistogramTable, type HistogramData } from "../plots/histogram";
import type { TabProps } from "./project";

const WHAT: Place = { label: "Attribute", types: ["C", "B"], least: 1, most: 1 };
const WHERE: Place = { label: "Only rows where this is 1", types: ["B"], least: 0, most: 1 };

export function DensityTab({ client, pid, live }: TabProps) {
  const terms = useMemo(() => termsOf(live.attributes ?? []), [live.attributes]);
  const [picked, setPicked] = useState<string | undefined>();
  const [condition, setCondition] = useState<string | undefined>();
  const [bounds, setBounds] = useState<Bounds>({ bins: "50", min: "", max: "" });
  const [roots, setRoots] = useState(false);
  const known = (name: string | undefined) => terms.find((term) => term.name === name);
  const what = known(picked) ?? terms.find(({ type }) => type !== "T");
  const where = known(condition);
  const problem = boundsProblem(bounds);
  const parameters = what?.type === "B" ? { hist_bins: "2" } : densityParameters(bounds);
  const question =
    what && !problem ? JSON.stringify([what.name, where?.name, parameters]) : undefined;
  const { answer, failure } = useAnswer(question, live.sequence, true, async () => {
    const ask = async (path: string, names: string[], extraParameters: Record<string, string>) => {
      const { values } = await client.post(`/projects/${segment(pid)}/${path}`, {
        values: [{ inputAttributeNames: names, extraParameters }],
      });
      return readDensities(values)[0];
    };
    const name = what?.name ?? "";
    const whole = await ask("densityEstimate", [name], parameters);
    if (!where || !whole || whole.error !== undefined) return { whole };
    /* The same bins for the part, so that its bars stand before the others. */
    const same = { ...parameters, hist_min: String(whole.min), hist_max: String(whole.max) };
    return { whole, part: await ask("conditionalDensityEstimate", [where.name, name], same) };
  });
  if (!live.histograms) {
    return (
      <Empty>
        <h2>No histograms</h2>
        <p>This project keeps none. They can be turned on in its properties, for later rows.</p>
      </Empty>
    );
  }
  if (!what) {
    return (
      <Empty>
        <h2>No rows yet</h2>
        <p>Distributions appear with the first rows.</p>
      </Empty>
    );
  }
  const data = histogramOf(answer?.whole, answer?.part, where?.name);
  const text = (key: keyof Bounds, label: string, placeholder: string) => (
    <label>
      {label}
      <input
        name={`density-${key}`}
        inputMode="decimal"
        spellcheck={false}
        placeholder={placeholder}
        disabled={what.type === "B"}
        value={bounds[key]}
        onInput={(event) => setBounds({ ...bounds, [key]: event.currentTarget.value })}
      />
    </label>
  );
  const about = where ? `${what.name}, and where ${where.name}` : what.name;
  return (
    <>
      <section class="panel" aria-label="What to show">
        <div class="panel-form fields">
          <PlaceField
            name="what"
            place={WHAT}
            terms={terms}
            taken={[what.name]}
            onTake={([name]) => setPicked(name)}
          />
          {text("bins", "Bins", "50")}
          {text("min", "Min", "observed")}
          {text("max", "Max", "observed")}
          <PlaceField
            name="where"
            place={WHERE}
            terms={terms.filter(({ name }) => name !== what.name)}
            taken={where ? [where.name] : []}
            onTake={([name]) => setCondition(name)}
          />
        </div>
      </section>
      <Failure text={problem ?? failure ?? answer?.whole?.error ?? answer?.part?.error} />
      <Figure
        name="distribution"
        title={`Distribution of ${about}`}
        note={
          answer?.whole
            ? `${formatShort(answer.whole.min)} to ${formatShort(answer.whole.max)}`
            : undefined
        }
        controls={
          <>
            {data.marked ? (
              <span class="legend" aria-hidden="true">
                <span>
                  <i class="dot" /> all rows
                </span>
                <span>
                  <i class="dot part" /> {where?.name}
                </span>
              </span>
            ) : null}
            <label class="inline">
              <input
                type="checkbox"
                checked={roots}
                onChange={(event) => setRoots(event.currentTarget.checked)}
              />
              Root scale
            </label>
          </>
        }
        table={() => <HistogramTable data={data} caption={`Histogram of ${about}`} />}
      >
        <Histogram
          data={data}
          height={340}
          roots={roots}
          unit="rows"
          label={`Histogram of ${about}: ${formatCount(
            data.counts.reduce((sum, count) => sum + count, 0),
          )} values`}
        />
      </Figure>
    </>
  );
}

function histogramOf(
  whole: Density | undefined,
  part: Density | undefined,
  name: string | undefined,
): HistogramData {
  const data: HistogramData = {
    left: whole?.min ?? 0,
    width: whole?.width ?? 1,
    counts: whole?.histogram ?? [],
  };
  if (part?.error === undefined && part?.histogram.length === data.counts.length) {
    return { ...data, marked: part.histogram, markedName: name ?? "", markedAs: "part" };
  }
  return data;
}
