/* quality.ts: how well scores tell outliers from the rest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

export interface Quality {
  points: number;
  outliers: number; /* known to be true ones */
  flagged: number; /* by the model */
  caught: number; /* flagged, and true */
  auroc: number | undefined; /* undefined while one of the two kinds is missing */
}

/* The area under the ROC curve is the chance that an outlier has a higher score than another row, a
 * tie counting half; with the ranks of all scores (ties share their mean rank) it is the
 * Mann-Whitney statistic. */
export function judge(
  scores: ArrayLike<number>,
  truth: ArrayLike<number>,
  flags: ArrayLike<number>,
): Quality {
  const order: number[] = [];
  let flagged = 0;
  let caught = 0;
  let outliers = 0;
  for (let i = 0; i < scores.length; i++) {
    const isTrue = (truth[i] ?? 0) > 0;
    const isFlagged = (flags[i] ?? 0) > 0;
    if (isFlagged) flagged++;
    if (isFlagged && isTrue) caught++;
    if (isTrue) outliers++;
    if (Number.isFinite(scores[i])) order.push(i);
  }
  const at = (k: number) => scores[order[k] ?? 0] ?? 0;
  order.sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let rankSum = 0;
  let positives = 0;
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && at(to) === at(from)) to++;
    const rank = (from + 1 + to) / 2;
    for (let k = from; k < to; k++) {
      if ((truth[order[k] ?? 0] ?? 0) > 0) {
        positives++;
        rankSum += rank;
      }
    }
    from = to;
  }
  const negatives = order.length - positives;
  const known = positives > 0 && negatives > 0;
  const wins = rankSum - (positives * (positives + 1)) / 2;
  return {
    points: scores.length,
    outliers,
    flagged,
    caught,
    auroc: known ? wins / (positives * negatives) : undefined,
  };
}
