/* types.ts: the shapes of the API's answers that the UI reads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

/* What one attribute's statistics may hold; a key is missing where the number is undefined. */
export interface Uni {
  count?: number;
  mean?: number;
  variance?: number;
  stddev?: number;
  stderr?: number;
  meanMarginErrorC95?: number;
  skewness?: number;
  kurtosis?: number;
  min?: number;
  max?: number;
  median?: number;
  [key: string]: number | undefined;
}

export interface Density {
  attrName?: string;
  min: number;
  max: number;
  width: number;
  histogram: number[];
  error?: string;
}

export interface LiveAttribute {
  id: number;
  name: string;
  type: string;
  parent?: string; /* the category that this is a value of, */
  value?: string; /* and which value */
  uni: Uni;
  density?: Density;
}

export interface LiveModel {
  modelId: string;
  modelType: string;
  version: number;
  rows: number;
  createdMs: number;
}

/* The answer of GET projects/{pid}/live. Without attributes: nothing changed since the sequence
 * asked with. */
export interface Live {
  sequence: number;
  rows: number;
  frozen: boolean;
  histograms: boolean;
  modifiedMs: number;
  attributes?: LiveAttribute[];
  models: LiveModel[];
  warnings: string[];
}

export interface ProjectInfo {
  pid: string;
  type: string;
  modelsList: string[];
  modelTypeList: string[];
  attributeNames: string[];
  attributeTypes: string[];
  params: Record<string, string>;
  creationDate?: number;
  lastModificationDate?: number;
  loaded: boolean;
  persisted: boolean;
  histogramEnabled: boolean;
  autoSave?: boolean;
  partitionColumn?: string;
  encoderName?: string;
  dsList?: string[];
  rows: number;
  memory?: number;
  rejectedCells?: number;
  rejectedRows?: number;
  warnings?: string[];
}

export interface AlgorithmOption {
  name: string;
  type: "integer" | "number" | "boolean" | "choice" | "string";
  required?: boolean;
  default?: string;
  minimum?: number;
  maximum?: number;
  choices?: string[];
  help: string;
}

export interface Algorithm {
  id: string;
  title: string;
  help: string;
  paper?: string;
  kind: string;
  targets: string[];
  needs: string[];
  options: AlgorithmOption[];
}

/* A field of the form in which a metric is asked: so many attributes of these types. */
export interface Place {
  label: string;
  types: string[]; /* C, B, T */
  least: number;
  most: number; /* 0: any number */
}

/* One way of asking a metric. */
export interface Shape {
  title: string;
  inputs: Place[];
  targets: Place[];
}

/* What can be asked of a project's statistics: a row of the server's table. */
export interface Exploration {
  id: string;
  kind: "metric" | "multivariate" | "drift";
  title: string;
  help: string;
  path: string; /* below the project: "explore?metric=ztest" */
  shapes: Shape[];
  keys: { key: string; help: string }[];
  options: AlgorithmOption[];
}

export interface DataFrame {
  attributeNames: string[];
  attributeTypes: string[];
  data: string[][];
}

export interface ModelInfo {
  modelId: string;
  modelType: string;
  attributeNames: string[];
  attributeTypes: string[];
  targetNames: string[];
  predictInfo: string[];
  scoreInfo: string[];
  modelBuilt: number;
  buildTime: number;
  creationDate: number;
  info: Record<string, string>;
  extra: Record<string, DataFrame>;
}

export interface JobInfo {
  jobId: number;
  jobType: string;
  owner: string;
  startingDate: number;
  current: number;
  maximum: number;
  isStarted: boolean;
  isDone: boolean;
  details: Record<string, string>;
}

/* One score as it arrived from a sink topic. */
export interface TailPoint {
  index: number;
  partition: number;
  offset: number;
  score: number;
  q95: number;
  q98: number;
  q99: number;
  truth?: number;
  res?: number;
  modelVersion?: number;
}

export interface Tail {
  next: number;
  points: TailPoint[];
}

/* What a place that holds files has in one folder. */
export interface Listing {
  path: string;
  dirs: string[];
  files: string[];
}
