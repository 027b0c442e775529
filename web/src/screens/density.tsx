/* density.tsx: one attribute's histogram, large, in bins of the user's choice, still live.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { segment, type Client } from "../api/client";
import type { Density, LiveAttribute } from "../api/types";
import { readDensities } from "../data/answers";
import { formatCount, formatNumber, formatShort } from "../format";
import { usePoll } from "../parts/poll";
import { Failure, Figure, Modal } from "../parts/parts";
import { Histogram, HistogramTable, type HistogramData } from "../plots/histogram";

const BINS = [20, 40, 100, 200] as const;
const QUANTILES = ["q01", "q05", "q25", "median", "q75", "q95", "q99"] as const;

interface DensityDialogProps {
  client: Client;
  pid: string;
  attribute: LiveAttribute;
  onClose: () => void;
}

export function DensityDialog({ client, pid, attribute, onClose }: DensityDialogProps) {
  const [bins, setBins] = useState<number>(100);
  const [roots, setRoots] = useState(false);
  const [density, setDensity] = useState<Density | undefined>(attribute.density);
  const failure = usePoll(
    async (alive) => {
      const { values } = await client.post(`/projects/${segment(pid)}/densityEstimate`, {
        values: [
          {
            inputAttributeNames: [attribute.name],
            extraParameters: { hist_bins: attribute.type === "B" ? "2" : String(bins) },
          },
        ],
      });
      if (alive()) setDensity(readDensities(values)[0]);
    },
    500,
    [attribute.name, bins],
  );
  const { uni } = attribute;
  const data: HistogramData = {
    left: density?.min ?? 0,
    width: density?.width ?? 1,
    counts: density?.histogram ?? [],
  };
  const range = `${formatShort(uni.min)} to ${formatShort(uni.max)}`;
  return (
    <Modal title={attribute.name} onClose={onClose} wide>
      <dl class="facts inline">
        <div>
          <dt>Count</dt>
          <dd>{formatCount(uni.count)}</dd>
        </div>
        <div>
          <dt>Mean</dt>
          <dd>{formatNumber(uni.mean)}</dd>
        </div>
        <div>
          <dt>Std dev</dt>
          <dd>{formatNumber(uni.stddev)}</dd>
        </div>
        {QUANTILES.filter((key) => uni[key] !== undefined).map((key) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{formatShort(uni[key])}</dd>
          </div>
        ))}
      </dl>
      <Failure text={failure ?? density?.error} />
      <Figure
        name="density"
        title="Distribution"
        note={range}
        controls={
          <>
            <label class="inline">
              Bins
              <select
                value={bins}
                disabled={attribute.type === "B"}
                onChange={(event) => setBins(Number(event.currentTarget.value))}
              >
                {BINS.map((count) => (
                  <option key={count} value={count}>
                    {count}
                  </option>
                ))}
              </select>
            </label>
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
        table={() => <HistogramTable data={data} caption={`Histogram of ${attribute.name}`} />}
      >
        <Histogram
          data={data}
          height={320}
          roots={roots}
          unit="rows"
          label={`Histogram of ${attribute.name}: ${formatCount(uni.count)} values from ${range}`}
        />
      </Figure>
    </Modal>
  );
}
