/* streams.test.mjs: streams inside the server, tasks and fusion projects in a real browser, on the
 * broker and registry of a real demo.
 *
 * WEIR_BIN names the program, CHROMIUM the browser. With WEIR_SCREENSHOTS=DIR it also leaves pictures
 * there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { callsOf, openPage, picture, signIn, until, valueOf } from "./page.mjs";
import { embeddedOf, startDemo } from "./program.mjs";

const PROGRAM = process.env.WEIR_BIN ?? "build/weir";
const run = promisify(execFile);
const ROWS = 600;
const SITES = ["north", "south", "west"];
const NOBODY = "127.0.0.1:1"; /* a port that nothing may listen on */

let root;
let demo;
let browser;
let page;
let complaints;
let calls;
let broker;
let registry;

before(async () => {
  root = mkdtempSync(join(tmpdir(), "weir-browser-root-"));
  const lines = Array.from({ length: ROWS }, (_, i) => `${i / 4},${i % 7},${SITES[i % 3]}`);
  writeFileSync(join(root, "rows.csv"), `pressure,step,site\n${lines.join("\n")}\n`);
  demo = await startDemo(PROGRAM, "--rate", "200", "--loop");
  [broker, registry] = embeddedOf(demo);
  ({ browser, page, complaints } = await openPage());
  await signIn(page, demo);
  calls = callsOf(page, demo.id);
  await play();
  await calls.post("/projects?pid=plant&enableHistogram=true", {});
});

after(async () => {
  await browser?.close();
  await demo?.stop("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

/* All rows into the topic, once more. */
const play = () =>
  run(PROGRAM, [
    ...["simulate", "--bootstrap", broker, "--registry", registry],
    ...["--topic", "readings", "--csv", join(root, "rows.csv")],
  ]);

const streamRow = (name) => `tr[data-stream="${name}"]`;
const state = (name, word) => page.waitForSelector(`${streamRow(name)} .badge:text-is("${word}")`);
const rowsOf = (name) => valueOf(page, `${streamRow(name)} td[data-column="rows"]`);
const press = (row, button) => page.click(`${row} button:text-is("${button}")`);
const refusal = (text) => page.waitForSelector(`dialog [role="alert"]:has-text("${text}")`);
const submit = () => page.click('dialog button[type="submit"]');
const fill = (name, text) => page.fill(`dialog [name="${name}"]`, text);
const uni = async (pid, name) => {
  const { KSVDMap } = await calls.post(`/projects/${pid}/explore?metric=uni`, {
    values: [{ inputAttributeNames: [name] }],
  });
  return KSVDMap.values[0];
};

test("a stream is added by browsing, looking and choosing types", async () => {
  await page.click('tr[data-project="plant"] a');
  await page.click('[role="tab"][data-tab="streams"]');
  await page.waitForSelector("text=No streams yet");
  await page.click('button:text-is("Add stream")');
  await submit();
  await refusal("A stream needs a name.");
  await fill("name", "readings");
  await fill("bootstrap", broker);
  await fill("registry", registry);
  await page.click('dialog button:text-is("Browse")');
  await page.click('dialog ul.files button:text-is("readings")');
  assert.equal(await page.inputValue('dialog input[name="topic"]'), "readings");
  await page.click('dialog button:text-is("Preview")');
  await page.waitForSelector("dialog table.preview tbody tr");
  const heads = await page.locator('dialog table.preview th[scope="col"]').allTextContents();
  assert.deepEqual(heads, ["pressure", "step", "site"]);
  await page.selectOption('dialog select[aria-label="Type of site"]', "T");
  await page.selectOption('dialog select[aria-label="Type of step"]', "X");
  await submit();
  await state("readings", "running");
});

test("its rows are counted as they come, and once", async () => {
  await until("all rows", async () => (await rowsOf("readings")) === ROWS);
  await play();
  await until("them again", async () => (await rowsOf("readings")) === 2 * ROWS);
  await until(
    "no lag",
    async () => (await valueOf(page, `${streamRow("readings")} td[data-column="lag"]`)) === 0,
  );
  const pressure = await uni("plant", "pressure");
  assert.equal(pressure.count, 2 * ROWS);
  assert.equal(pressure.mean, (ROWS - 1) / 8);
  await page.click('[role="tab"][data-tab="live"]');
  await page.waitForSelector('table.live tr[data-attribute="pressure"]');
  const shown = await page.$$eval("table.live tr[data-attribute]", (rows) =>
    rows.map((row) => row.dataset.attribute),
  );
  const values = SITES.map((site) => `site$${site}`);
  assert.deepEqual(shown.sort(), ["pressure", ...values], "step is left out, site a category");
  await page.click('[role="tab"][data-tab="streams"]');
});

test("it is stopped, and goes on where it was", async () => {
  await press(streamRow("readings"), "Stop");
  await state("readings", "stopped");
  await play();
  await press(streamRow("readings"), "Resume");
  await state("readings", "running");
  await until("what came since", async () => (await uni("plant", "pressure")).count === 3 * ROWS);
  await press(streamRow("readings"), "From beginning");
  await page.click('dialog button:text-is("Start from beginning")');
  await until("all once more", async () => (await uni("plant", "pressure")).count === 6 * ROWS);
});

test("metrics and errors of a stream are shown", async () => {
  await press(streamRow("readings"), "Metrics");
  await page.waitForSelector("dialog tr[data-metric]");
  await page.keyboard.press("Escape");
  await press(streamRow("readings"), "Errors");
  await page.waitForSelector('dialog pre:text-is("no error")');
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
});

test("a broker that is not there is told of, in the form and in the list", async () => {
  await page.click('button:text-is("Add stream")');
  await fill("name", "lost");
  await fill("bootstrap", NOBODY);
  await page.selectOption('dialog select[name="format"]', "json");
  await page.click('dialog button:text-is("Browse")');
  await refusal(NOBODY);
  await fill("topic", "readings");
  await fill("options", "sml.kafka.no.such.setting=1");
  await submit();
  await refusal("no.such.setting");
  await fill("options", "");
  await submit();
  await state("lost", "waiting");
  await page.waitForSelector(`${streamRow("lost")} p:has-text("${NOBODY}")`);
  await picture(page, "ui-streams", 420);
  await press(streamRow("lost"), "Errors");
  await page.waitForSelector(`dialog pre:has-text("${NOBODY}")`);
  await page.keyboard.press("Escape");
});

test("a stream is removed, and what it learned stays", async () => {
  for (const name of ["lost", "readings"]) {
    await press(streamRow(name), "Remove");
    await page.click("dialog button.danger");
    await page.waitForSelector(streamRow(name), { state: "detached" });
  }
  await page.waitForSelector("text=No streams yet");
  assert.equal((await uni("plant", "pressure")).count, 6 * ROWS);
});

test("a task is made, runs, is stopped, started and deleted", async () => {
  await until("the model of the demo", async () =>
    (await calls.get("/projects/shuttle/info")).smlInfo.modelsList.includes("hba1"),
  );
  await page.click('nav >> text="Tasks"');
  await page.waitForSelector("text=No tasks yet");
  await page.click('button:text-is("New task")');
  await fill("name", "scorer");
  const properties = [
    `bootstrap.servers=${broker}`,
    `schema.registry.url=${registry}`,
    "sml.kstream.source.topic=shuttle-sensor",
    "sml.kstream.sink.topic=task-scores",
    "sml.kstream.project.id=shuttle",
    "sml.kstream.model.id=hba1",
    "processing.guarantee=at_least_once",
    "sml.kstream.app.id=scorer",
  ];
  await fill("params", [...properties, "sml.kstream.no.such=1"].join("\n"));
  await submit();
  await refusal("sml.kstream.no.such");
  await fill("params", properties.join("\n"));
  await submit();
  const row = 'tr[data-task="scorer"]';
  await page.waitForSelector(`${row} .badge.good`);
  const scored = () => valueOf(page, `${row} td[data-column="scored"]`);
  await until("scores", async () => (await scored()) > 0);
  await picture(page, "ui-tasks", 300);
  await press(row, "Stop");
  await page.waitForSelector(`${row} button:text-is("Start")`);
  await press(row, "Start");
  await page.waitForSelector(`${row} .badge.good`);
  await press(row, "Delete");
  await page.click("dialog button.danger");
  await page.waitForSelector(row, { state: "detached" });
});

test("a fusion project is the merge of its cells, which can be others", async () => {
  const frame = (data) => ({ attributeNames: ["x"], attributeTypes: ["C"], data });
  for (const [pid, data] of [
    ["east", [[1], [2], [6]]],
    ["west", [[10], [21]]],
    ["far", [[100]]],
  ]) {
    await calls.post(`/projects?pid=${pid}&enableHistogram=true`, {});
    await calls.post(`/projects/${pid}/learn`, frame(data));
  }
  const cell = async (pid, button) => {
    await fill("cell-host", demo.url);
    await fill("cell-cid", demo.id);
    await fill("cell-sk", demo.secret);
    await fill("cell-pid", pid);
    if (button) await page.click(`dialog button:text-is("${button}")`);
  };
  const status = (pid) => `tr[data-cell="${pid}"] td[data-column="status"]`;

  await page.goto(`${demo.url}/#/projects`);
  await page.click('button:text-is("New fusion project")');
  await fill("pid", "whole");
  await submit();
  await refusal("A fusion project needs a cell.");
  await cell("east", "Add");
  await page.waitForSelector('dialog tr[data-cell="east"]');
  await cell("east", "Add");
  await refusal("is there already");
  await cell("nothing", "Clear");
  assert.equal(await page.inputValue('dialog input[name="cell-pid"]'), "");
  await cell("nothing", "Validate");
  await page.waitForSelector(`dialog ${status("east")} .badge.good`);
  await page.waitForSelector(`dialog ${status("nothing")}:has-text("no project nothing")`);
  await page.click('dialog tr[data-cell="nothing"] button');
  await cell("west");
  await submit();
  await page.waitForSelector(`[aria-label="Cells"] tr[data-cell="west"]`);
  const first = await uni("whole", "x");
  assert.deepEqual([first.count, first.mean], [5, 8]);

  await page.click('button:text-is("Edit cells…")');
  await page.click('dialog tr[data-cell="west"] button');
  await cell("far");
  await submit();
  await page.waitForSelector("dialog", { state: "detached" });
  await page.waitForSelector('tr[data-cell="west"]', { state: "detached" });
  await page.click('button:text-is("Validate")');
  await page.waitForSelector(`${status("east")} .badge.good`);
  await page.waitForSelector(`${status("far")} .badge.good`);
  await picture(page, "ui-fusion", 620);
  const second = await uni("whole", "x");
  assert.deepEqual([second.count, second.mean], [4, 27.25]);

  await calls.remove("/projects/far");
  await page.click('button:text-is("Validate")');
  await page.waitForSelector(`${status("far")}:has-text("no project far")`);
});

test("the browser had nothing to complain of", () => {
  assert.deepEqual(complaints, []);
});
