/* stream.ts: a stream of a project as its form holds it, as it is sent, and what it says of itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { nameProblem } from "./form";
import { optionLines, optionLinesProblem } from "./option-lines";

export interface StreamForm {
  name: string;
  bootstrap: string;
  registry: string;
  topic: string;
  format: string;
  persistSeconds: string;
  fromBeginning: boolean;
  options: string; /* a line each: name=value */
}

export const STREAM_FORMATS = [
  { id: "avro", title: "Avro, by a schema registry" },
  { id: "json", title: "JSON objects" },
  { id: "csv", title: "CSV lines" },
] as const;

export const NEW_STREAM: StreamForm = {
  name: "",
  bootstrap: "",
  registry: "",
  topic: "",
  format: "avro",
  persistSeconds: "",
  fromBeginning: true,
  options: "",
};

/* A description as the API knows it. extra: the types chosen for the columns of a preview. */
export interface StreamInfo {
  name: string;
  type: "kafka";
  info: Record<string, string>;
  extra?: { attributeNames: readonly string[]; attributeTypes: readonly string[] };
}

/* What was left alone is not sent, so that defaults stay the server's. */
export function streamInfo(form: StreamForm): StreamInfo {
  const info: Record<string, string> = { "bootstrap.servers": form.bootstrap.trim() };
  if (form.registry.trim() !== "") info["schema.registry.url"] = form.registry.trim();
  if (form.topic.trim() !== "") info["kafka.topic"] = form.topic.trim();
  if (form.format !== "avro") info["data.format"] = form.format;
  if (form.persistSeconds.trim() !== "") {
    info["kafka_stream_time_between_persist"] = form.persistSeconds.trim();
  }
  return { name: form.name.trim(), type: "kafka", info: { ...info, ...optionLines(form.options) } };
}

/* What stands in the way of asking for topics, of a preview, of making the stream. */
export type StreamStep = "browse" | "preview" | "create";

export function streamProblem(form: StreamForm, step: StreamStep): string | undefined {
  if (step === "create") {
    const problem = nameProblem("A stream", form.name.trim());
    if (problem) return problem;
  }
  if (form.bootstrap.trim() === "") return "Say where the brokers are: host:port.";
  if (step !== "browse" && form.topic.trim() === "") return "Choose a topic.";
  if (step !== "browse" && form.format === "avro" && form.registry.trim() === "") {
    return "Avro needs the address of a schema registry.";
  }
  if (form.persistSeconds.trim() !== "" && !/^(-1|\d+)$/.test(form.persistSeconds.trim())) {
    return "Seconds between snapshots are a whole number, or -1 for never.";
  }
  return optionLinesProblem(form.options);
}

/* A topic as browsing lists it: "shuttle-sensor:3" has three partitions. */
export function topicOf(text: string): { name: string; partitions: number } {
  const cut = text.lastIndexOf(":");
  return cut < 0
    ? { name: text, partitions: 0 }
    : { name: text.slice(0, cut), partitions: Number(text.slice(cut + 1)) };
}

/* A line of a stream's metrics. */
export interface StreamMetric {
  name: string;
  value: string;
  group: string;
  description: string;
  tags: string;
}

/* What the list shows of a stream. */
export interface StreamState {
  name: string;
  topic: string;
  state: string;
  reason: string;
  rows: number;
  rowsPerMs: number;
  lag: number;
}
