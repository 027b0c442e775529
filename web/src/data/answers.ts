/* answers.ts: the server's answers as the types of the UI. One place that knows the wire.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type {
  Algorithm,
  AlgorithmOption,
  DataFrame,
  Density,
  Exploration,
  JobInfo,
  Listing,
  Live,
  ModelInfo,
  ProjectInfo,
  Tail,
} from "../api/types";

import type { CellStatus, FusionCell } from "./fusion";
import type { SourceInfo } from "./source";
import type { StreamMetric, StreamState } from "./stream";

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

export function readExplorations(values: Values): Exploration[] {
  const explorations = values["explorations"] as Exploration[];
  return explorations.map((exploration) => ({
    ...exploration,
    options: exploration.options.map(withoutEndless),
  }));
}

/* What a project can be told at its creation. */
export function readParameters(values: Values): AlgorithmOption[] {
  return (values["options"] as AlgorithmOption[]).map(withoutEndless);
}

export function readProject(values: Values): ProjectInfo {
  return values["smlInfo"] as ProjectInfo;
}

export function readModel(values: Values): ModelInfo {
  return values["modelInfo"] as ModelInfo;
}

export function readJobs(values: Values): JobInfo[] {
  return values["jobinfoList"] as JobInfo[];
}

export function readTail(values: Values): Tail {
  return values["tail"] as Tail;
}

function listOf<T>(values: Values, key: string): T[] {
  return (values[key] as { values?: T[] } | undefined)?.values ?? [];
}

/* Topics, projects, encoders: lists of names. */
export function readNames(values: Values): string[] {
  return listOf<string>(values, "stringList");
}

/* Numbers by key, a map for each context asked. */
export function readNumbers(values: Values): Record<string, number>[] {
  return listOf<Record<string, number>>(values, "KSVDMap");
}

/* The same where values are texts; they may be "Infinity". One map in the end. */
export function readPairs(values: Values): [key: string, value: string][] {
  return listOf<Record<string, string>>(values, "KSVSMap").flatMap((map) => Object.entries(map));
}

export function readStreams(values: Values): StreamState[] {
  return (values["streams"] as StreamState[] | undefined) ?? [];
}

/* What a stream says of itself, a map a line. */
export function readMetrics(values: Values): StreamMetric[] {
  return listOf<StreamMetric>(values, "KSVSMap");
}

/* The cells of a fusion project; their secrets stay on the server. */
export function readCells(values: Values): FusionCell[] {
  return listOf<Omit<FusionCell, "sk">>(values, "fusionCells").map((cell) => ({
    ...cell,
    sk: "",
  }));
}

export function readCellStatus(values: Values): CellStatus[] {
  return listOf<CellStatus>(values, "cellsStatus");
}

export function readDensities(values: Values): Density[] {
  return listOf<Density>(values, "densityList");
}

export interface Components {
  values: number[]; /* eigenvalues, the greatest first */
  attributes: string[];
  vectors: number[][]; /* a row for each attribute, a column for each value */
  sum: number; /* of all eigenvalues, also those left out */
}

export function readComponents(values: Values): Components {
  const eigen = values["pcaValues"] as DataFrame;
  const vectors = values["pcaVectors"] as DataFrame;
  return {
    values: (eigen.data[0] ?? []).map(Number),
    attributes: vectors.data.map(([name]) => name ?? ""),
    vectors: vectors.data.map(([, ...cells]) => cells.map(Number)),
    sum: Number(values["pcaSumValues"]),
  };
}

export function readFrame(values: Values): DataFrame {
  return values["dataframe"] as DataFrame;
}

/* Sources are listed as "name:type"; a name may hold a colon itself. */
export function readSources(values: Values): { name: string; type: string }[] {
  return readNames(values).map((text) => {
    const cut = text.lastIndexOf(":");
    return cut < 0
      ? { name: text, type: "" }
      : { name: text.slice(0, cut), type: text.slice(cut + 1) };
  });
}

/* A page's session is told a source plainly; to others it is encrypted. */
export function readSource(values: Values): SourceInfo {
  return values["dsinfo"] as SourceInfo;
}

export function readListing(values: Values): Listing {
  const { path, dirs, files } = values["dsdirectoryListing"] as Partial<Listing>;
  return { path: path ?? "", dirs: dirs ?? [], files: files ?? [] };
}

/* A log is a list of JSON texts. What is not one is shown as it is. */
export function readLog(values: Values): Record<string, string>[] {
  return readNames(values).map((text) => {
    try {
      return JSON.parse(text) as Record<string, string>;
    } catch {
      return { text };
    }
  });
}

/* An export: the summary's bytes as Base64. */
export function readExport(values: Values): string {
  return values["string"] as string;
}
