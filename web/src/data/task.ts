/* task.ts: a task, a stream application that the server runs: its form, and how it is sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { nameProblem } from "./form";
import { optionLines, optionLinesProblem } from "./option-lines";

export interface TaskForm {
  name: string;
  params: string; /* the properties of the application, a line each */
}

/* What an application needs, to be filled in. The server adds its own address and who asks. */
export const NEW_TASK: TaskForm = {
  name: "",
  params: [
    "bootstrap.servers=",
    "schema.registry.url=",
    "sml.kstream.app.id=",
    "sml.kstream.source.topic=",
    "sml.kstream.sink.topic=",
    "sml.kstream.project.id=",
    "sml.kstream.model.id=",
    "sml.kstream.rest=false",
  ].join("\n"),
};

export interface TaskInfo {
  name: string;
  type: string;
  params: Record<string, string>;
}

/* Lines without a value are not sent. */
export function taskInfo(form: TaskForm): TaskInfo {
  const given = Object.entries(optionLines(form.params)).filter(([, value]) => value !== "");
  return { name: form.name.trim(), type: "kafka", params: Object.fromEntries(given) };
}

export function taskProblem(form: TaskForm): string | undefined {
  return nameProblem("A task", form.name.trim()) ?? optionLinesProblem(form.params);
}
