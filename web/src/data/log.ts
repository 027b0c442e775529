/* log.ts: entries of an update log as rows of a table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { formatCount, formatTime } from "../format";

export type Entry = Readonly<Record<string, string>>;

/* Words for the keys that are known; any other key is its own title. */
const TITLES: Readonly<Record<string, string>> = {
  ds_client_id: "Client",
  ds_client_ip: "Address",
  ds_request_type: "Call",
  ds_name: "Source",
  ds_request_datetime: "When",
  ds_request_df_numrows: "Rows",
  ds_request_process_time: "Milliseconds",
  ds_request_response_code: "Response",
  client_id: "Client",
  client_request_type: "Call",
  client_request_reponse_code: "Response",
  client_request_df_attributes_names: "Attributes",
  client_request_df_attributes_types: "Types",
  client_request_process_time: "Milliseconds",
  client_request_count: "Calls",
  client_request_df_attributes_numrows_total: "Rows",
};

const TIMES = new Set(["ds_request_datetime"]);
const COUNTS = /rows|numrows|process_time|request_count/;

/* All keys of the entries in the order of their first appearance. */
export function logColumns(entries: readonly Entry[]): { key: string; title: string }[] {
  const keys = new Set(entries.flatMap((entry) => Object.keys(entry)));
  return [...keys].map((key) => ({ key, title: TITLES[key] ?? key }));
}

export function logText(key: string, value: string | undefined): string {
  if (value === undefined) return "";
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) return value;
  if (TIMES.has(key)) return formatTime(number);
  return COUNTS.test(key) ? formatCount(number) : value;
}

/* The entries that have a time, the newest first; others as they came. */
export function newestFirst<T extends Entry>(entries: readonly T[]): T[] {
  const when = (entry: Entry) => Number(entry["ds_request_datetime"] ?? 0);
  return [...entries].sort((a, b) => when(b) - when(a));
}
