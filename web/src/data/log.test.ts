/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { logColumns, logText, newestFirst } from "./log";

it("has a column for each key that any entry has", () => {
  const columns = logColumns([{ ds_name: "a" }, { ds_name: "b", other: "1" }]);
  expect(columns).toEqual([
    { key: "ds_name", title: "Source" },
    { key: "other", title: "other" },
  ]);
});

it("shows counts grouped and leaves codes alone", () => {
  expect(logText("ds_request_df_numrows", "49097")).toBe("49\u202f097");
  expect(logText("ds_request_response_code", "200")).toBe("200");
  expect(logText("client_id", "rest_client")).toBe("rest_client");
  expect(logText("ds_name", undefined)).toBe("");
});

it("puts the newest first and keeps what has no time", () => {
  const old = { ds_request_datetime: "1" };
  const young = { ds_request_datetime: "2" };
  expect(newestFirst([old, young])).toEqual([young, old]);
  expect(newestFirst([{ a: "1" }, { a: "2" }])).toEqual([{ a: "1" }, { a: "2" }]);
});
