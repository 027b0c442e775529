/* models.tsx: the models of a project, and what each of them knows about itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { segment, type Client } from "../api/client";
import type { DataFrame, LiveModel, ModelInfo } from "../api/types";
import { readModel } from "../data/answers";
import { formatAge, formatCount, formatNumber, formatShort, formatTime } from "../format";
import { usePoll } from "../parts/poll";
import { Confirm, Empty, Failure, Modal, Num } from "../parts/parts";
import { BuildForm } from "./build";
import type { TabProps } from "./project";

export function ModelsTab({ client, pid, live }: TabProps) {
  const [building, setBuilding] = useState(false);
  const [shown, setShown] = useState<string | undefined>();
  const [doomed, setDoomed] = useState<string | undefined>();
  const now = Date.now();
  return (
    <section class="panel" aria-label="Models">
      <header class="panel-head">
        <h2>Models</h2>
        <span class="muted">made from the summary, at any moment, without reading a row again</span>
        <span class="grow" />
        <button type="button" class="primary" onClick={() => setBuilding(true)}>
          Build a model
        </button>
      </header>
      {live.models.length === 0 ? (
        <Empty>
          <p>No models yet. A model can be built as soon as there are rows.</p>
        </Empty>
      ) : (
        <table class="data models">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Algorithm</th>
              <th scope="col" class="num">
                Version
              </th>
              <th scope="col" class="num">
                Rows
              </th>
              <th scope="col" class="num">
                Rows behind
              </th>
              <th scope="col">Built</th>
              <th scope="col">
                <span class="sr-only">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {live.models.map((model) => (
              <ModelRow
                key={model.modelId}
                model={model}
                behind={live.rows - model.rows}
                now={now}
                onShow={() => setShown(model.modelId)}
                onDelete={() => setDoomed(model.modelId)}
              />
            ))}
          </tbody>
        </table>
      )}
      {building ? (
        <BuildForm client={client} pid={pid} live={live} onClose={() => setBuilding(false)} />
      ) : null}
      {shown !== undefined ? (
        <ModelDialog
          client={client}
          pid={pid}
          modelId={shown}
          version={live.models.find(({ modelId }) => modelId === shown)?.version ?? 0}
          onClose={() => setShown(undefined)}
        />
      ) : null}
      {doomed !== undefined ? (
        <Confirm
          title={`Delete model ${doomed}?`}
          action="Delete"
          onClose={() => setDoomed(undefined)}
          onConfirm={async () => {
            await client.delete(`/projects/${segment(pid)}/models/${segment(doomed)}`);
          }}
        >
          <p>Streams that score with it will stop finding it. It can be built again.</p>
        </Confirm>
      ) : null}
    </section>
  );
}

interface ModelRowProps {
  model: LiveModel;
  behind: number;
  now: number;
  onShow: () => void;
  onDelete: () => void;
}

function ModelRow({ model, behind, now, onShow, onDelete }: ModelRowProps) {
  const late = Math.max(0, behind);
  return (
    <tr data-model={model.modelId}>
      <th scope="row" class="name" title={model.modelId}>
        <button type="button" class="link" onClick={onShow}>
          {model.modelId}
        </button>
      </th>
      <td>{model.modelType}</td>
      <td class="num">
        <Num value={model.version} text={formatCount(model.version)} />
      </td>
      <td class="num">
        <Num value={model.rows} text={formatCount(model.rows)} />
      </td>
      <td class="num">
        <Num value={late} text={formatCount(late)} />
      </td>
      <td title={formatTime(model.createdMs)}>{formatAge(model.createdMs, now)}</td>
      <td class="end">
        <button type="button" class="quiet" onClick={onShow}>
          Info
        </button>
        <button type="button" class="quiet" onClick={onDelete}>
          Delete
        </button>
      </td>
    </tr>
  );
}

interface ModelDialogProps {
  client: Client;
  pid: string;
  modelId: string;
  version: number; /* asks again when the model was rebuilt */
  onClose: () => void;
}

function ModelDialog({ client, pid, modelId, version, onClose }: ModelDialogProps) {
  const [info, setInfo] = useState<ModelInfo | undefined>();
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.get(`/projects/${segment(pid)}/models/${segment(modelId)}`);
      if (alive()) setInfo(readModel(values));
    },
    30_000,
    [modelId, version],
  );
  return (
    <Modal title={modelId} onClose={onClose} wide>
      <Failure text={failure} />
      {info ? <ModelFacts info={info} /> : <p class="muted">Reading…</p>}
    </Modal>
  );
}

/* What a regression has found stands before how it was found. */
const COEFFICIENTS = "coefficients";

function ModelFacts({ info }: { info: ModelInfo }) {
  const coefficients = info.extra[COEFFICIENTS];
  const frames = Object.entries(info.extra).filter(([name]) => name !== COEFFICIENTS);
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Algorithm</dt>
          <dd>{info.modelType}</dd>
        </div>
        <div>
          <dt>Built</dt>
          <dd>{formatTime(info.creationDate)}</dd>
        </div>
        <div>
          <dt>Inputs</dt>
          <dd>{info.attributeNames.join(", ")}</dd>
        </div>
        {info.targetNames.length > 0 ? (
          <div>
            <dt>Target</dt>
            <dd>{info.targetNames.join(", ")}</dd>
          </div>
        ) : null}
        <div>
          <dt>Answers</dt>
          <dd>{info.predictInfo.join(", ")}</dd>
        </div>
      </dl>
      {coefficients ? <FrameTable name={COEFFICIENTS} frame={coefficients} /> : null}
      <dl class="facts">
        {Object.entries(info.info).map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd title={value}>{factText(value)}</dd>
          </div>
        ))}
      </dl>
      {frames.map(([name, frame]) => (
        <FrameTable key={name} name={name} frame={frame} />
      ))}
    </>
  );
}

/* Facts are texts: numbers with all their digits, and words that may carry quotes of their own. */
function factText(value: string): string {
  const number = Number(value);
  if (value.trim() !== "" && Number.isFinite(number)) return formatShort(number, 10);
  return value.replace(/^"(.*)"$/s, "$1");
}

function FrameTable({ name, frame }: { name: string; frame: DataFrame }) {
  const numeric = frame.attributeTypes.map((type) => type === "C" || type === "B");
  const decimals = frame.attributeNames.map((_, i) =>
    frame.data.every((row) => Number.isInteger(Number(row[i] ?? ""))) ? 0 : 4,
  );
  return (
    <div class="scroll">
      <table class="data">
        <caption>{name}</caption>
        <thead>
          <tr>
            {frame.attributeNames.map((title, i) => (
              <th key={title} scope="col" class={numeric[i] ? "num" : ""}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {frame.data.slice(0, 500).map((row, r) => (
            <tr key={r}>
              {row.map((cell, i) =>
                numeric[i] && cell !== "" ? (
                  <td key={i} class="num">
                    <Num value={Number(cell)} text={formatNumber(Number(cell), decimals[i])} />
                  </td>
                ) : (
                  <td key={i}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
