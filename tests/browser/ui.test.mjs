/* ui.test.mjs: the UI in a real browser on a real demo: the topic, connector, server, scorer and
 * tail behind it are what a user runs.
 *
 * WEIR_BIN names the program, CHROMIUM the browser, WEIR_PYTHON a Python with confluent-kafka. With
 * WEIR_SCREENSHOTS=DIR it also leaves pictures there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { callsOf, openPage, picture as pictureOf, until, valueOf as valueIn } from "./page.mjs";
import { embeddedOf, startDemo } from "./program.mjs";

const ROWS_BEFORE_SCORES = 3000;

let demo;
let browser;
let page;
let complaints;
const requests = [];

before(async () => {
  demo = await startDemo(process.env.WEIR_BIN ?? "build/weir", "--rate", "1000", "--loop");
  ({ browser, page, complaints } = await openPage());
  page.on("request", (request) => requests.push(request.url()));
});

after(async () => {
  await browser?.close();
  await demo?.stop("SIGKILL");
});

const valueOf = (selector) => valueIn(page, selector);
const picture = (name, height) => pictureOf(page, name, height);
const count = (attribute) =>
  valueOf(`table.live tr[data-attribute="${attribute}"] td[data-column="Count"]`);
const tab = (id) => page.click(`[role="tab"][data-tab="${id}"]`);

/* What the API says, over the session of the page. */
const api = (path) => callsOf(page, demo.id).get(path);

/* The rows of a topic by "partition/offset", as another Kafka client reads them, up to each of the
 * ends "partition:offset". */
async function topicRows(topic, ends) {
  const [broker, registry] = embeddedOf(demo);
  const python = process.env.WEIR_PYTHON ?? "python3";
  const run = promisify(execFile);
  const { stdout } = await run(python, ["read_topic.py", broker, registry, topic, ...ends], {
    maxBuffer: 2 ** 28,
  });
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return new Map(rows.map((row) => [`${row.partition}/${row.offset}`, row]));
}

test("a wrong secret is refused in words", async () => {
  await page.goto(demo.url);
  await page.fill('input[name="id"]', demo.id);
  await page.fill('input[name="secret"]', "AAAAAAAAAAAAAAAAAAAAAA==");
  await page.keyboard.press("Enter");
  const notice = await page.locator('[role="alert"]').textContent();
  assert.ok(notice.trim().length > 5, notice);
  assert.equal((await page.context().cookies()).length, 0);
});

test("signing in works by keyboard alone", async () => {
  await page.reload();
  await page.waitForSelector('input[name="id"]:focus');
  await page.keyboard.type(demo.id);
  await page.keyboard.press("Tab");
  await page.keyboard.type(demo.secret);
  await page.keyboard.press("Enter");
  await page.waitForSelector('tr[data-project="shuttle"]');
  const [cookie] = await page.context().cookies();
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, "Strict");
  assert.equal(
    await page.evaluate((secret) => JSON.stringify(localStorage).includes(secret), demo.secret),
    false,
  );
});

test("a project is made, frozen and deleted", async () => {
  await page.click('text="New project"');
  await page.fill('input[name="pid"]', "shuttle");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('dialog [role="alert"]:has-text("already")');
  await page.fill('input[name="pid"]', "scratch");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('h1:has-text("scratch")');
  await page.waitForSelector("text=No rows yet");
  await page.click("a.crumb");
  const row = 'tr[data-project="scratch"]';
  await page.click(`${row} >> text="Freeze"`);
  await page.waitForSelector(`${row} .badge:has-text("frozen")`);
  await page.click(`${row} >> text="Unfreeze"`);
  await page.waitForSelector(`${row} >> text="Freeze"`);
  await page.click(`${row} >> text="Delete"`);
  await page.click("dialog button.danger");
  await page.waitForSelector(row, { state: "detached" });
  assert.equal(await page.locator('tr[data-project="shuttle"]').count(), 1);
});

test("statistics move without a reload, and nothing else does", async () => {
  await page.click('tr[data-project="shuttle"] a');
  await page.waitForSelector('table.live tr[data-attribute="V1"]');
  await page.evaluate(() => (window.sameDocument = true));
  const boxes = () =>
    page.$$eval("table.live th, table.live td", (cells) =>
      cells.map((cell) => {
        const { x, y, width, height } = cell.getBoundingClientRect();
        return [x, y, width, height].join(" ");
      }),
    );
  const path = () => page.getAttribute('tr[data-attribute="V1"] .sparkline path', "d");
  await until("some rows", async () => (await count("V1")) > 1000);
  const places = await boxes();
  const bars = await path();
  for (let seen = await count("V1"), rises = 0; rises < 3; rises++) {
    seen = await until("the count to rise", async () => {
      const now = await count("V1");
      return now > seen && now;
    });
  }
  assert.deepEqual(await boxes(), places);
  await until("the histogram to change", async () => (await path()) !== bars);
  assert.equal(await page.evaluate(() => window.sameDocument), true);
  assert.equal(await page.locator("table.live tbody tr").count(), 9, "outlier is ignored");
});

test("what the table shows is what the API answers", async () => {
  const explore = async () => {
    const { KSVDMap } = await callsOf(page, demo.id).post("/projects/shuttle/explore?metric=uni", {
      values: [{ inputAttributeNames: ["V3"] }],
    });
    return KSVDMap.values[0];
  };
  const row = () =>
    page.$$eval('table.live tr[data-attribute="V3"] td[data-column]', (cells) =>
      Object.fromEntries(
        cells.map((cell) => [cell.dataset.column, Number(cell.querySelector("data")?.value)]),
      ),
    );
  const [shown, answer] = await until("the same count in both", async () => {
    const pair = [await row(), await explore()];
    return pair[0].Count === pair[1].count && pair;
  });
  const names = { Mean: "mean", "Std dev": "stddev", "Std error": "stderr", Skewness: "skewness" };
  const whole = { Kurtosis: "kurtosis", Min: "min", Median: "median", Max: "max" };
  for (const [column, key] of Object.entries({ ...names, ...whole })) {
    assert.equal(shown[column], answer[key], column);
  }
  assert.equal(shown["CI 95 % high"], answer.mean + answer.meanMarginErrorC95);
});

test("a histogram opens large, with a table of the same bins", async () => {
  await page.focus('tr[data-attribute="V1"] td.spark button');
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]");
  await page.selectOption('dialog [data-figure="density"] select', "20");
  await page.click('dialog [data-figure="density"] >> text="Table"');
  const rows = page.locator('dialog [data-figure="density"] tbody tr');
  await until("twenty bins", async () => (await rows.count()) === 20);
  const counts = await rows
    .locator("td:nth-child(3) data")
    .evaluateAll((cells) => cells.map((cell) => Number(cell.value)));
  const total = counts.reduce((sum, each) => sum + each, 0);
  assert.ok(total > 1000, `bins hold ${total}`);
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  await until("the focus to come back", async () => (await focused()) === "Histogram of V1");
  await page.evaluate(() => document.activeElement.blur());
  await until("a rate", async () => (await valueOf('[data-metric="rate"]')) > 0);
  await picture("ui-live", 680);
});

test("tabs are walked with arrow keys", async () => {
  await page.focus('[role="tab"][aria-selected="true"]');
  await page.keyboard.press("ArrowRight");
  await page.waitForSelector("table.pairs tbody tr");
  assert.equal(await page.getAttribute('[data-tab="correlation"]', "aria-selected"), "true");
  const width = await page.$eval(
    ":focus-visible",
    (element) => getComputedStyle(element).outlineWidth,
  );
  assert.notEqual(width, "0px", "the focus is visible");
  assert.equal(await page.locator("table.pairs tbody tr").count(), 8);
});

test("a model is built through the form, and deleted", async () => {
  await tab("models");
  await page.click("text=Build a model");
  const { algorithms } = await api("/algorithms");
  const offered = () =>
    page.$$eval('select[name="algorithm"] option', (options) => options.map(({ value }) => value));
  const ids = algorithms.map(({ id }) => id);
  await until("all algorithms", async () => (await offered()).join() === ids.join());
  await page.selectOption('select[name="algorithm"]', "hba");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector("text=A model needs a name.");
  await page.fill('input[name="modelid"]', "mine");
  await page.fill('input[name="n_bins"]', "1");
  await page.waitForSelector("text=is outside 2 to");
  await page.click('dialog button[type="submit"]');
  assert.equal(await page.locator("dialog[open]").count(), 1, "a bad option is not sent");
  await page.fill('input[name="n_bins"]', "20");
  await page.uncheck('input[name="input"][value="V9"]');
  await picture("ui-build", 900);
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('tr[data-model="mine"]');
  assert.equal(await valueOf('tr[data-model="mine"] td:nth-child(3)'), 1, "version 1");

  await page.click('tr[data-model="mine"] >> text="Info"');
  await page.waitForSelector("dialog[open] dl.facts");
  const facts = await page.textContent("dialog dl.facts");
  assert.match(facts, /anomaly_score/);
  const inputs = await page.textContent('dialog dl.facts div:has(dt:text-is("Inputs")) dd');
  assert.equal(inputs, "V1, V2, V3, V4, V5, V6, V7, V8");
  await page.keyboard.press("Escape");

  await page.click('tr[data-model="mine"] >> text="Delete"');
  await page.click("dialog >> text=Cancel");
  await page.click('tr[data-model="mine"] >> text="Delete"');
  await page.click("dialog button.danger");
  await page.waitForSelector('tr[data-model="mine"]', { state: "detached" });
  await page.click('nav >> text="Jobs"');
  await page.waitForSelector("text=done");
});

test("scores, quantiles and true outliers are drawn as they arrive", async () => {
  await page.goto(`${demo.url}/#/projects/shuttle/anomalies`);
  const shown = () =>
    page.textContent('[data-count="points"] dd').then((text) => Number(text.replace(/\D/g, "")));
  await until("scores", async () => (await shown()) > ROWS_BEFORE_SCORES);
  const first = await shown();
  await until("more scores", async () => (await shown()) > first);
  /* Pixels of the canvas that are nearer to the colour of outliers than to anything else drawn. */
  const red = () =>
    page.$eval(".plot.scatter canvas", (canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let pixels = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] > 100 && data[i] > data[i + 1] + 80 && data[i] > data[i + 2] + 60) pixels++;
      }
      return pixels;
    });
  assert.ok((await red()) > 500, "outliers are red");
  const topics = await page.locator('select[name="topic"] option').allTextContents();
  assert.ok(topics.includes("shuttle-sensor-preds"), topics.join(" "));
  await picture("ui-anomalies");
});

test("the plot's table is the content of the topic", async () => {
  await page.click('[data-figure="scores"] >> text="Pause"');
  await page.click('[data-figure="scores"] >> text="Table"');
  await page.click('.pager >> text="Oldest"');
  const read = () =>
    page.$$eval("table.points tbody tr", (rows) =>
      rows.map((row) =>
        Object.fromEntries(
          [...row.querySelectorAll("td[data-field]")].map((cell) => [
            cell.dataset.field,
            cell.querySelector("data")?.value ?? cell.textContent,
          ]),
        ),
      ),
    );
  const table = await until("the oldest page", async () => {
    const rows = await read();
    return Number(rows[0]?.index) < ROWS_BEFORE_SCORES && rows;
  });
  assert.equal(table.length, 100);
  const ends = new Map(table.map(({ partition, offset }) => [partition, offset]));
  const rows = await topicRows(
    "shuttle-sensor-preds",
    [...ends].map((end) => end.join(":")),
  );
  for (const shown of table) {
    const row = rows.get(`${shown.partition}/${shown.offset}`);
    assert.ok(row, `partition ${shown.partition} has no offset ${shown.offset}`);
    assert.equal(Number(shown.score), row.anomaly_score);
    assert.equal(Number(shown.modelVersion), row.model_version);
    assert.equal(shown.truth === "yes", row.outlier > 0);
    assert.equal(shown.res === "yes", row.res > 0);
    assert.ok(Number(shown.q95) <= Number(shown.q98) && Number(shown.q98) <= Number(shown.q99));
  }
  await page.check("text=Outliers only");
  await until("outliers only", async () => (await read()).every((row) => row.truth === "yes"));
});

test("the theme can be chosen and is remembered", async () => {
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "light");
  await page.click('button[aria-label="Use the dark theme"]');
  assert.equal(await theme(), "dark");
  await page.reload();
  await page.waitForSelector(".plot.scatter canvas");
  assert.equal(await theme(), "dark");
  await until(
    "scores",
    async () =>
      Number(
        await page
          .locator('[data-count="points"] dd')
          .textContent()
          .then((t) => t.replace(/\D/g, "")),
      ) > ROWS_BEFORE_SCORES,
  );
  await picture("ui-anomalies-dark");
  await page.click('button[aria-label="Use the light theme"]');
});

test("the page asks nobody else, and its policy was never hurt", async () => {
  const strangers = requests.filter((url) => !url.startsWith(demo.url));
  assert.deepEqual(strangers, []);
  assert.deepEqual(complaints, []);
});

test("a hidden page stops asking", async () => {
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", {
      configurable: true,
      get: () => window.pretendHidden,
    });
    window.pretendHidden = true;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.waitForLoadState("networkidle");
  const before = requests.length;
  await page.waitForTimeout(1500);
  assert.equal(requests.length, before);
  await page.evaluate(() => {
    window.pretendHidden = false;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await until("it to ask again", async () => requests.length > before);
});

test("signing out ends the session", async () => {
  await page.click('text="Sign out"');
  await page.waitForSelector('input[name="secret"]');
  const status = await page.evaluate(
    async (cid) => (await fetch(`/symetry/rest/${cid}/projects/list`)).status,
    demo.id,
  );
  assert.notEqual(status, 200);
});

test("Ctrl-C ends the demo cleanly", async () => {
  const { code } = await demo.stop("SIGINT");
  assert.ok(code === 0 || code === 130, `exit code ${code}\n${demo.errors()}`);
});
