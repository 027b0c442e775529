/* anomalies.tsx: scores as they arrive in a sink topic.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import { query, segment, type Client } from "../api/client";
import type { Live } from "../api/types";
import { readModel, readNames, readTail } from "../data/answers";
import { countIntoBins } from "../data/bins";
import { isOutlier, Points } from "../data/points";
import { judge, type Quality } from "../data/quality";
import { likelyTopic } from "../data/topics";
import { formatCount, formatNumber } from "../format";
import { Empty, Failure, Figure } from "../parts/parts";
import { usePoll } from "../parts/poll";
import { theme } from "../parts/theme";
import { useValue } from "../parts/value";
import { Histogram, HistogramTable, type HistogramData } from "../plots/histogram";
import { LINES, Scatter } from "../plots/scatter";
import { useWidth } from "../plots/width";
import { PointsTable } from "./points-table";

const KEPT = 50_000;
const CHUNK = 5000;
const PAUSE_MS = 250;
const SUMMARY_MS = 1000; /* how often counts and the histogram of scores are made anew */
const WINDOWS = [2000, 10_000, KEPT] as const;
const HEIGHT = 380;
const SCORE = "anomaly_score";
const TRUTH = "outlier";

/* The field in which a model writes its score: the usual one, or the first its info names. */
function useScoreField(client: Client, pid: string, modelId: string | undefined): string {
  const [field, setField] = useState(SCORE);
  useEffect(() => {
    if (modelId === undefined) return;
    client
      .get(`/projects/${segment(pid)}/models/${segment(modelId)}`)
      .then(({ values }) => {
        const { scoreInfo } = readModel(values);
        setField(scoreInfo.includes(SCORE) ? SCORE : (scoreInfo[0] ?? SCORE));
      })
      .catch(() => setField(SCORE));
  }, [client, pid, modelId]);
  return field;
}

interface TabProps {
  client: Client;
  pid: string;
  live: Live;
}

export function AnomaliesTab({ client, pid, live }: TabProps) {
  const [topics, setTopics] = useState<readonly string[] | undefined>();
  const [picked, setPicked] = useState<string | undefined>();
  const [pickedModel, setPickedModel] = useState<string | undefined>();
  const topicsFailure = usePoll(
    async (alive) => {
      const { values } = await client.get("/topics");
      if (alive()) setTopics(readNames(values));
    },
    5000,
    [client],
  );
  const topic = picked ?? likelyTopic(topics ?? [], pid);
  const modelId = pickedModel ?? live.models[0]?.modelId;
  const model = live.models.find((each) => each.modelId === modelId);
  const field = useScoreField(client, pid, modelId);
  if (topicsFailure && !topics) return <Failure text={topicsFailure} />;
  if (topics === undefined) return null;
  if (topic === undefined) {
    return (
      <Empty>
        <h2>No topics yet</h2>
        <p>
          Scores appear here once a scorer (<code>weir stream</code>) writes them to a topic.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <div class="toolbar">
        <label class="inline">
          Topic
          <select
            name="topic"
            value={topic}
            onChange={(event) => setPicked(event.currentTarget.value)}
          >
            {topics.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        {live.models.length > 0 ? (
          <label class="inline">
            Model
            <select
              name="model"
              value={modelId}
              onChange={(event) => setPickedModel(event.currentTarget.value)}
            >
              {live.models.map((each) => (
                <option key={each.modelId} value={each.modelId}>
                  {each.modelId} ({each.modelType})
                </option>
              ))}
            </select>
          </label>
        ) : null}
        {model ? (
          <span class="muted">
            now at version {formatCount(model.version)}, built from {formatCount(model.rows)} rows
          </span>
        ) : null}
      </div>
      <Scores key={`${topic}\n${field}`} client={client} topic={topic} field={field} />
    </>
  );
}

interface Summary {
  quality: Quality;
  histogram: HistogramData;
}

function summarise(points: Points): Summary {
  const score = points.newest("score", KEPT);
  const truth = points.newest("truth", KEPT);
  const bins = countIntoBins(score, (i) => isOutlier(truth[i] ?? 0), 60);
  return {
    quality: judge(score, truth, points.newest("res", KEPT)),
    histogram: { ...bins, markedName: "True outliers" },
  };
}

function Scores({ client, topic, field }: { client: Client; topic: string; field: string }) {
  const points = useMemo(() => new Points(KEPT), []);
  const next = useRef(0);
  const [revision, setRevision] = useState(0);
  const [paused, setPaused] = useState(false);
  const [shown, setShown] = useState<number>(KEPT);
  const failure = usePoll(
    async (alive) => {
      for (let more = !paused; more && alive();) {
        const { values } = await client.get(
          `/tail${query({ topic, score: field, truth: TRUTH, from: next.current, max: CHUNK })}`,
        );
        if (!alive()) return;
        const tail = readTail(values);
        points.add(tail.points);
        next.current = tail.next;
        setRevision(points.revision);
        more = tail.points.length >= CHUNK;
      }
    },
    PAUSE_MS,
    [client, paused],
  );
  const summary = useSummary(points, revision);
  const count = Math.min(shown, points.size);
  const note = points.size > 0 ? `${formatCount(count)} newest scores` : "waiting for scores";
  return (
    <>
      <Failure text={failure} />
      <Figure
        name="scores"
        title="Anomaly score in order of arrival"
        note={note}
        controls={
          <>
            <Legend />
            <label class="inline">
              Show
              <select
                value={shown}
                onChange={(event) => setShown(Number(event.currentTarget.value))}
              >
                {WINDOWS.map((size) => (
                  <option key={size} value={size}>
                    {formatCount(size)}
                  </option>
                ))}
              </select>
            </label>
            <button type="button" class="quiet" onClick={() => setPaused(!paused)}>
              {paused ? "Resume" : "Pause"}
            </button>
          </>
        }
        table={() => <PointsTable points={points} caption={`Scores of topic ${topic}`} />}
      >
        <ScorePlot points={points} revision={revision} shown={shown} topic={topic} />
      </Figure>
      <div class="pair">
        <Figure
          name="score-histogram"
          title="Distribution of scores"
          note="heights as square roots"
          table={() => <HistogramTable data={summary.histogram} caption="Histogram of scores" />}
        >
          <Histogram
            data={summary.histogram}
            height={220}
            roots
            unit="scores"
            label={`Histogram of ${formatCount(summary.quality.points)} scores, ${formatCount(
              summary.quality.outliers,
            )} of them of true outliers`}
          />
        </Figure>
        <QualityPanel quality={summary.quality} />
      </div>
    </>
  );
}

/* Counts and histogram of the points, made anew at most once a second. */
function useSummary(points: Points, revision: number): Summary {
  const [summary, setSummary] = useState<Summary>(() => summarise(points));
  const made = useRef({ at: 0, revision: -1 });
  useEffect(() => {
    if (made.current.revision === revision) return;
    const make = () => {
      made.current = { at: performance.now(), revision: points.revision };
      setSummary(summarise(points));
    };
    const wait = made.current.at + SUMMARY_MS - performance.now();
    if (wait <= 0) {
      make();
      return;
    }
    const timer = window.setTimeout(make, wait);
    return () => window.clearTimeout(timer);
  }, [points, revision]);
  return summary;
}

function Legend() {
  return (
    <span class="legend" aria-hidden="true">
      <span>
        <i class="dot" /> score
      </span>
      <span>
        <i class="dot outlier" /> true outlier
      </span>
      {LINES.map(({ key, title, dash, width }) => (
        <span key={key}>
          <svg width="22" height="8">
            <path d="M0 4h22" stroke-width={width} stroke-dasharray={dash.join(" ")} />
          </svg>
          {title}
        </span>
      ))}
    </span>
  );
}

interface ScorePlotProps {
  points: Points;
  revision: number;
  shown: number;
  topic: string;
}

function ScorePlot({ points, revision, shown, topic }: ScorePlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Scatter | undefined>(undefined);
  const [hovered, setHovered] = useState<number | undefined>();
  const width = useWidth(box);
  const look = useValue(theme);
  useEffect(() => {
    if (!box.current) return;
    const scatter = new Scatter(box.current, HEIGHT, setHovered);
    plot.current = scatter;
    return () => scatter.close();
  }, []);
  useEffect(() => plot.current?.resize(width, HEIGHT), [width]);
  useEffect(() => plot.current?.redraw(), [look]);
  useEffect(() => {
    plot.current?.show({
      index: points.newest("index", shown),
      score: points.newest("score", shown),
      q95: points.newest("q95", shown),
      q98: points.newest("q98", shown),
      q99: points.newest("q99", shown),
      truth: points.newest("truth", shown),
    });
  }, [points, revision, shown]);
  const count = Math.min(shown, points.size);
  const place =
    points.size - count + (hovered ?? count - 1); /* the newest unless one is pointed at */
  return (
    <>
      <div
        ref={box}
        class="plot scatter"
        role="img"
        aria-label={`Scatter plot of ${formatCount(count)} scores of topic ${topic}`}
      />
      <dl class="readout">
        <Fact
          title={hovered === undefined ? "Newest" : "Score #"}
          value={at(points, "index", place)}
        />
        <Fact title="Score" value={at(points, "score", place)} decimals={4} />
        <Fact title="q95" value={at(points, "q95", place)} decimals={4} />
        <Fact title="q98" value={at(points, "q98", place)} decimals={4} />
        <Fact title="q99" value={at(points, "q99", place)} decimals={4} />
        <Fact title="Partition" value={at(points, "partition", place)} />
        <Fact title="Offset" value={at(points, "offset", place)} />
        <Fact title="Model version" value={at(points, "modelVersion", place)} />
      </dl>
    </>
  );
}

function at(points: Points, field: Parameters<Points["at"]>[0], place: number): number | undefined {
  if (place < 0 || place >= points.size) return undefined;
  const value = points.at(field, place);
  return Number.isFinite(value) ? value : undefined;
}

interface FactProps {
  title: string;
  value: number | undefined;
  decimals?: number;
}

function Fact({ title, value, decimals = 0 }: FactProps) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{decimals ? formatNumber(value, decimals) : formatCount(value)}</dd>
    </div>
  );
}

function QualityPanel({ quality }: { quality: Quality }) {
  const { points, outliers, flagged, caught, auroc } = quality;
  return (
    <section class="panel" aria-label="Counts">
      <header class="panel-head">
        <h2>Counts</h2>
      </header>
      <dl class="facts counts">
        <div data-count="points">
          <dt>Scores kept</dt>
          <dd>{formatCount(points)}</dd>
        </div>
        <div data-count="outliers">
          <dt>True outliers among them</dt>
          <dd>{formatCount(outliers)}</dd>
        </div>
        <div data-count="flagged">
          <dt>Flagged by the model</dt>
          <dd>{formatCount(flagged)}</dd>
        </div>
        <div data-count="caught">
          <dt>Flagged and true</dt>
          <dd>{formatCount(caught)}</dd>
        </div>
        <div data-count="auroc">
          <dt title="The chance that an outlier has a higher score than another row">AUROC</dt>
          <dd>{formatNumber(auroc)}</dd>
        </div>
      </dl>
    </section>
  );
}
