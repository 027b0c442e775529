/* answers.ts: the server's answers as the types of the UI. One place that knows the wire.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { Algorithm, AlgorithmOption, JobInfo, Live, ProjectInfo, Tail } from "../api/types";

type Values = Record<string, unknown>;

/* An answer without attributes says that nothing changed since before, whose attributes then stay.
 * Only continuous and binary attributes have statistics; a category has them as its values. */
export function readLive(values: Values, before: Live | undefined): Live {
  const live = values["live"] as Live;
  const numeric = live.attributes?.filter(({ type }) => type === "C" || type === "B");
  const attributes = numeric ?? before?.attributes;
  return attributes ? { ...live, attributes } : live;
}

/* The greatest double as an end of a range means that there is none. */
function withoutEndless({ minimum, maximum, ...option }: AlgorithmOption): AlgorithmOption {
  if (minimum !== undefined && minimum > -Number.MAX_VALUE) Object.assign(option, { minimum });
  if (maximum !== undefined && maximum < Number.MAX_VALUE) Object.assign(option, { maximum });
  return option;
}

export function readAlgorithms(values: Values): Algorithm[] {
  const algorithms = values["algorithms"] as Algorithm[];
  return algorithms.map((algorithm) => ({
    ...algorithm,
    options: algorithm.options.map(withoutEndless),
  }));
}

export function readProject(values: Values): ProjectInfo {
  return values["smlInfo"] as ProjectInfo;
}

export function readJobs(values: Values): JobInfo[] {
  return values["jobinfoList"] as JobInfo[];
}

export function readTail(values: Values): Tail {
  return values["tail"] as Tail;
}

export function readTopics(values: Values): string[] {
  return (values["stringList"] as { values: string[] }).values;
}
