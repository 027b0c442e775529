/* statistics.test.mjs: tests of hypotheses, components, densities, drift and the life of a project
 * in a real browser on a real server that has learned the irises.
 *
 * Three must agree: what the screen shows, what the API answers, and what the published documents
 * say of the same 150 rows.
 *
 * WEIR_BIN names the program, CHROMIUM the browser, WEIR_SOURCE_DIR the tree with tests/data. With
 * WEIR_SCREENSHOTS=DIR it also leaves pictures there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { callsOf, openPage, picture, signIn, until, valueOf } from "./page.mjs";
import { startServer } from "./program.mjs";

const SOURCE = process.env.WEIR_SOURCE_DIR ?? join(import.meta.dirname, "..", "..");
const IRIS = readFileSync(join(SOURCE, "tests/data/iris_uci.csv"), "utf8")
  .trim()
  .split("\n")
  .map((line) => line.trim().split(","));
const MEASURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
const SPECIES = ["Iris_setosa", "Iris_versicolor", "Iris_virginica"];

let root;
let server;
let browser;
let page;
let complaints;
let calls;

/* The irises as they are, and with the species as a category. */
const [HEADER, ...ROWS] = IRIS;
const plain = (rows) => ({
  attributeNames: HEADER,
  attributeTypes: HEADER.map((_, i) => (i < 4 ? "C" : "B")),
  data: rows,
});
const withKinds = (rows) => ({
  attributeNames: [...MEASURES, "species", "size"],
  attributeTypes: ["C", "C", "C", "C", "T", "T"],
  data: rows.map((row) => [
    ...row.slice(0, 4),
    ["setosa", "versicolor", "virginica"][row.slice(12).indexOf("1")],
    row[4] === "1" ? "small" : "large",
  ]),
});

before(async () => {
  root = mkdtempSync(join(tmpdir(), "weir-browser-root-"));
  mkdirSync(join(root, "history"));
  writeFileSync(join(root, "history", "iris.csv"), `${IRIS.map((row) => row.join()).join("\n")}\n`);
  server = await startServer(process.env.WEIR_BIN ?? "build/weir", "--data-root", root);
  ({ browser, page, complaints } = await openPage());
  await signIn(page, server);
  calls = callsOf(page, server.id);
  const make = (pid, parameters = {}) =>
    calls.post(`/projects?pid=${pid}&enableHistogram=true`, parameters);
  await make("iris", { sml_project_conditional_histogram: "true" });
  await calls.post("/projects/iris/learn", plain(ROWS));
  await make("kinds");
  await calls.post("/projects/kinds/learn", withKinds(ROWS));
  await make("setosa");
  await calls.post("/projects/setosa/learn", plain(ROWS.slice(0, 50)));
});

after(async () => {
  await browser?.close();
  await server?.stop("SIGKILL");
  if (root) rmSync(root, { recursive: true, force: true });
});

const open = async (pid, tab) => {
  await page.goto(`${server.url}/#/projects/${pid}/${tab}`);
  await page.waitForSelector(`[data-tab="${tab}"][aria-selected="true"]`);
};
const value = (selector) => valueOf(page, selector);
const ask = (metric) => page.click(`.menu [data-metric="${metric}"]`);
const shape = (title) => page.check(`input[type="radio"][value="${title}"]`);
const tick = async (place, names) => {
  for (const name of names) await page.check(`input[name="${place}"][value="${name}"]`);
};
const explore = async (metric, context, pid = "iris") => {
  const { KSVDMap } = await calls.post(`/projects/${pid}/explore?metric=${metric}`, {
    values: [context],
  });
  return KSVDMap.values[0];
};
const near = (got, want, digits, what) =>
  assert.ok(Math.abs(got - want) <= 0.51 * 10 ** -digits, `${what}: ${got}, not ${want}`);
const shown = (key) => value(`[data-result] tr[data-key="${key}"]`);

test("two columns are compared by the Z test", async () => {
  await open("iris", "tests");
  await ask("ztest");
  await tick("inputs0", ["sepal_length", "petal_width"]);
  await page.waitForSelector('[data-result="ztest"]');
  const supposed = await page.textContent("[data-h0]");
  assert.match(supposed, /The mean of sepal_length equals the mean of petal_width/);
  const answer = await explore("ztest", {
    inputAttributeNames: ["sepal_length", "petal_width"],
  });
  const group = (row, column) => value(`tr[data-group="${row}"] [data-column="${column}"]`);
  assert.equal(await group(1, "mean"), answer.zm1);
  assert.equal(await group(2, "variance"), answer.zs2);
  assert.equal(await shown("z"), answer.z);
  near(answer.z, 50.68443204, 8, "z");
  near(await group("difference", "low"), 4.4651, 4, "the lower end of the difference");
  near(await group("difference", "high"), 4.8243, 4, "its upper end");
  assert.equal(await page.locator('[data-figure="means"] circle.mean').count(), 2);
  await page.check('input[name="sml_explore_unbiased"]');
  await until("the unbiased z", async () => {
    const now = await shown("z").catch(() => Number.NaN);
    return Math.abs(now - 50.51520141) < 1e-8;
  });
});

test("Student and Welch stand side by side", async () => {
  await ask("ttest");
  await tick("inputs0", ["sepal_length", "petal_width"]);
  await page.waitForSelector('[data-result="ttest"]');
  near(await shown("t"), 50.51520141387, 10, "t");
  assert.equal(await shown("tdf"), 298);
  near(await shown("tdfu"), 296.03637571, 8, "tdfu");
  assert.equal(await page.locator("[data-verdict]").count(), 2);
});

test("an option that a test needs is asked for", async () => {
  await ask("ttestmu");
  await page.selectOption('select[name="inputs0"]', "sepal_length");
  assert.equal(await page.locator("[data-result]").count(), 0, "not before it is given");
  await page.fill('input[name="sml_explore_ttest_known_mu"]', "6");
  await page.waitForSelector('[data-result="ttestmu"]');
  assert.match(await page.textContent("[data-h0]"), /The mean of sepal_length is 6/);
  const answer = await explore("ttestmu", {
    inputAttributeNames: ["sepal_length"],
    extraParameters: { sml_explore_ttest_known_mu: "6" },
  });
  assert.equal(await shown("t"), answer.t);
  assert.equal(await shown("tp"), answer.tp);
});

test("variance is analysed by columns, by binaries and by a category", async () => {
  const cell = (source, column) => value(`tr[data-source="${source}"] [data-column="${column}"]`);
  await ask("anova");
  await tick("inputs0", MEASURES);
  await page.waitForSelector('[data-result="anova"]');
  near(await cell("Between groups", "SS"), 1657.1835, 4, "SSb");
  near(await cell("Within groups", "SS"), 680.8244, 4, "SSw");
  near(await cell("Between groups", "F"), 483.5713, 4, "F");
  assert.equal(await cell("Within groups", "df"), 596);
  assert.equal(await cell("Total", "df"), 599);
  await shape("One column, rows of several groups");
  await page.selectOption('select[name="inputs0"]', "sepal_length");
  await tick("targets0", SPECIES);
  await until("the F of the species", async () => {
    const f = await cell("Between groups", "F").catch(() => Number.NaN);
    return Math.abs(f - 119.2645021845) < 1e-9;
  });
  near(await cell("Between groups", "SS"), 63.2121333333, 10, "SSb of the species");
  near((await cell("Between groups", "P")) * 1e31, 1.6697, 4, "P of the species");
  assert.equal(await page.locator('[data-figure="means"] circle.mean').count(), 3);
  await picture(page, "ui-tests", 900);

  await open("kinds", "tests");
  await ask("anova");
  await shape("One column, rows of several groups");
  await page.selectOption('select[name="inputs0"]', "sepal_length");
  await tick("targets0", ["species"]);
  await page.waitForSelector('[data-result="anova"]');
  near(await cell("Between groups", "F"), 119.2645021845, 10, "F of the category");
});

test("observed and expected counts have totals", async () => {
  await open("iris", "tests");
  await ask("chi2");
  await tick("inputs0", ["sepal_lengt_b1", "sepal_lengt_b2"]);
  await tick("targets0", SPECIES);
  await page.waitForSelector('[data-result="chi2"]');
  const rows = await page.$$eval("table.contingency tbody tr[data-row]", (trs) =>
    trs.map((tr) => [...tr.querySelectorAll("td > data")].map((cell) => Number(cell.value))),
  );
  assert.deepEqual(rows, [
    [50, 26, 7, 83],
    [0, 24, 43, 67],
    [50, 50, 50, 150],
  ]);
  near(await shown("chiStat"), 75.1483546125, 10, "chi squared");
  near(await shown("coef"), 0.5951913482, 10, "the coefficient");
  near((await shown("pval")) * 1e17, 4.8055, 4, "p");

  await open("kinds", "tests");
  await ask("chi2");
  await tick("inputs0", ["size"]);
  await tick("targets0", ["species"]);
  await page.waitForSelector('[data-result="chi2"]');
  near(await shown("chiStat"), 75.1483546125, 10, "chi squared of two categories");
});

test("information gain ranks all attributes", async () => {
  await open("iris", "tests");
  await ask("gain");
  await page.selectOption('select[name="targets0"]', "Iris_setosa");
  const gain = (name) => value(`table.bars tr[data-attribute="${name}"]`);
  await page.waitForSelector("table.bars tr");
  for (const [name, want] of [
    ["petal_width_b1", 0.9182958341],
    ["petal_length_b2", 0.6414396987],
    ["sepal_lengt_b1", 0.3818261182],
    ["Iris_virginica", 0.2516291674],
    ["sepal_width_b2", 0.2154283232],
  ]) {
    near(await gain(name), want, 10, name);
  }
  const order = await page.$$eval("table.bars tbody data", (all) => all.map((d) => +d.value));
  assert.deepEqual(
    order,
    [...order].sort((a, b) => b - a),
  );
});

test("every question of the server's table is on the menu", async () => {
  const { explorations } = await calls.get("/explorations");
  const ids = (kind) => explorations.filter((each) => each.kind === kind).map(({ id }) => id);
  const menu = () =>
    page.$$eval(".menu [data-metric]", (all) => all.map((each) => each.dataset.metric));
  assert.deepEqual(await menu(), ids("metric"));
  await open("iris", "multivariate");
  await page.waitForSelector(".menu [data-metric]");
  assert.deepEqual(await menu(), ids("multivariate"));
});

test("principal components, and the covariance on request", async () => {
  await ask("explorepca");
  await page.waitForSelector("table.eigen tbody tr");
  const eigen = () =>
    page.$$eval("table.eigen tbody tr td:nth-child(2) data", (all) => all.map((d) => +d.value));
  const job = await calls.post("/projects/iris/explorepca", {
    values: [{ inputAttributeNames: HEADER }],
  });
  assert.deepEqual(await eigen(), job.pcaValues.data[0].map(Number));
  const published = [9.43012996, 2.97582619, 1.12947663, 0.65566062, 0.34345813, 0.29114822];
  for (const [i, want] of published.entries()) near((await eigen())[i], want, 8, `e${i + 1}`);
  near(await value("table.eigen caption"), 15, 10, "the sum of the eigenvalues");
  const first = await page.$$eval("table.vectors tbody tr", (trs) =>
    trs.map((tr) => Number(tr.querySelector("td data").value)),
  );
  assert.deepEqual(
    first,
    job.pcaVectors.data.map((row) => Number(row[1])),
  );
  await picture(page, "ui-components", 900);
  await page.check('input[name="pca_covariance"]');
  await until("other eigenvalues", async () => (await eigen())[0] < 9 && (await eigen())[0] > 5);
});

test("singular values and variance inflation", async () => {
  const lines = () =>
    page.$$eval("table.bars tbody tr", (trs) =>
      trs.map((tr) => [tr.dataset.attribute, Number(tr.querySelector("data").value)]),
    );
  await ask("exploresvd");
  for (const name of SPECIES) await page.uncheck(`input[name="inputs0"][value="${name}"]`);
  await until("twelve values", async () => (await lines()).length === 12);
  const [[name, greatest], [, second]] = await lines();
  assert.equal(name, "sepal_length");
  near(greatest, 5.33513544, 8, "the greatest singular value");
  near(second, 0.6184305, 7, "the second");
  await ask("vif");
  for (const each of SPECIES) await page.uncheck(`input[name="inputs0"][value="${each}"]`);
  await until("twelve factors", async () => (await lines()).length === 12);
  const { KSVSMap } = await calls.post("/projects/iris/vif", {
    values: [{ inputAttributeNames: HEADER.slice(0, 12) }],
  });
  const factors = Object.entries(Object.assign({}, ...KSVSMap.values));
  assert.deepEqual(
    await lines(),
    factors.map(([key, text]) => [key, Number(text)]),
  );
  const pairs = [5000.95853, 5000.62007, 5001.48312, 5002.97532].flatMap((each) => [each, each]);
  for (const [i, want] of [9.5480484, 3.7017021, 42.2231132, 16.9082631, ...pairs].entries()) {
    near((await lines())[i][1], want, i < 4 ? 7 : 5, HEADER[i]);
  }
});

test("the whole correlation matrix is drawn, with its numbers behind", async () => {
  await open("iris", "correlation");
  await page.waitForSelector(".heat rect");
  assert.equal(await page.locator(".heat rect").count(), 15 * 15);
  await page.click('[data-figure="correlations"] >> text="Table"');
  const cell = (row, column) =>
    value(`table.matrix tr[data-attribute="${row}"] [data-with="${column}"]`);
  await until("numbers", () => cell("sepal_length", "petal_length").catch(() => 0));
  near(await cell("sepal_length", "sepal_width"), -0.1094, 4, "sepal width");
  near(await cell("petal_length", "sepal_length"), 0.8718, 4, "petal length");
  near(await cell("sepal_length", "Iris_setosa"), -0.7174, 4, "setosa");
  near(await cell("sepal_length", "petal_width"), 0.8179536334, 10, "petal width");
  await page.click('[data-figure="correlations"] >> text="Plot"');
});

test("a distribution in any bins, whole and where a condition holds", async () => {
  await open("iris", "density");
  await page.selectOption('select[name="what"]', "petal_length");
  await page.fill('input[name="density-bins"]', "20");
  await page.click('[data-figure="distribution"] >> text="Table"');
  const bins = (column) =>
    page.$$eval(`[data-figure="distribution"] tbody td:nth-child(${column}) data`, (all) =>
      all.map((d) => Number(d.value)),
    );
  await until("twenty bins", async () => (await bins(3)).length === 20);
  assert.deepEqual(
    await bins(3),
    [4, 33, 11, 2, 0, 0, 1, 2, 3, 5, 12, 14, 12, 17, 6, 12, 7, 4, 2, 3],
  );
  await page.selectOption('select[name="where"]', "Iris_setosa");
  await until("the part", async () => (await bins(4)).length === 20);
  const part = await bins(4);
  assert.equal(
    part.reduce((sum, each) => sum + each, 0),
    50,
  );
  const counted = new Array(20).fill(0);
  for (const row of ROWS.filter((each) => each[12] === "1")) {
    counted[Math.min(19, Math.floor((Number(row[2]) - 1) / 0.295))]++;
  }
  assert.deepEqual(part, counted);
  await page.click('[data-figure="distribution"] >> text="Plot"');
  await picture(page, "ui-density", 760);
  await page.fill('input[name="density-bins"]', "none");
  await page.waitForSelector('[role="alert"]:has-text("whole number")');
});

test("drift between two projects", async () => {
  await open("iris", "drift");
  await page.selectOption('select[name="other"]', "setosa");
  const { explorations } = await calls.get("/explorations");
  for (const { id } of explorations.filter(({ kind }) => kind === "drift")) {
    await page.selectOption('select[name="drift-metric"]', id);
    const { KSVDMap } = await calls.post("/projects/dataDrift", {
      extraParameters: {
        driftPreferenceProjectName: "iris",
        driftAnalysisProjectName: "setosa",
        driftMetric: id,
      },
    });
    const [map] = KSVDMap.values;
    await until(`the score of ${id}`, async () => {
      const score = await value('[data-key="driftScore"]').catch(() => Number.NaN);
      return score === map.driftScore;
    });
    const line = await value('tr[data-attribute="petal_length"] [data-column="drift"]');
    assert.equal(line, map.petal_length_drift, id);
  }
});

test("values stand below their category and can be folded away", async () => {
  await open("kinds", "live");
  await page.waitForSelector('tr[data-category="species"]');
  const names = () =>
    page.$$eval("table.live tbody tr", (trs) =>
      trs.map((tr) => tr.dataset.category ?? tr.dataset.attribute),
    );
  assert.deepEqual(await names(), [
    ...MEASURES,
    "species",
    ...["setosa", "versicolor", "virginica"].map((kind) => `species$${kind}`),
    "size",
    ...["small", "large"].map((size) => `size$${size}`),
  ]);
  await page.click('tr[data-category="species"] button');
  await until("three rows fewer", async () => (await names()).length === 8);
  assert.equal(
    await page.getAttribute('tr[data-category="species"] button', "aria-expanded"),
    "false",
  );
});

/* Gaps in a category and in numbers, a constant, and names that need room. */
const LONG = `long_${"x".repeat(100)}`;
const withGaps = () => ({
  attributeNames: [...MEASURES, "species", "constant", LONG],
  attributeTypes: ["C", "C", "C", "C", "T", "C", "C"],
  data: withKinds(ROWS).data.map((row, i) => [
    i % 3 ? row[0] : "",
    ...row.slice(1, 4),
    i % 4 ? row[4] : "",
    "7",
    String(i),
  ]),
});

test("every number of the live table is that of the API, whatever is missing", async () => {
  await calls.post("/projects?pid=gaps&enableHistogram=true", {});
  await calls.post("/projects/gaps/learn", withGaps());
  await open("gaps", "live");
  await page.waitForSelector('table.live tr[data-attribute="species$setosa"]');
  const shown = await page.$$eval("table.live tr[data-attribute]", (trs) =>
    trs.map((tr) => [
      tr.dataset.attribute,
      Object.fromEntries(
        [...tr.querySelectorAll("td[data-column]")].map((td) => [
          td.dataset.column,
          td.querySelector("data")?.value,
        ]),
      ),
    ]),
  );
  assert.equal(shown.length, 9);
  const keys = {
    Count: "count",
    Mean: "mean",
    "Std dev": "stddev",
    "Std error": "stderr",
    Skewness: "skewness",
    Kurtosis: "kurtosis",
    Min: "min",
    Median: "median",
    Max: "max",
  };
  for (const [name, cells] of shown) {
    const answer = await explore("uni", { inputAttributeNames: [name] }, "gaps");
    for (const [column, key] of Object.entries(keys)) {
      const text = answer[key] === undefined ? undefined : String(answer[key]);
      assert.equal(cells[column], text, `${column} of ${name}`);
    }
  }
  const first = () => page.getAttribute("table.live tbody tr >> nth=0", "data-attribute");
  assert.equal(await first(), "sepal_length");
  await page.click('table.live th >> text="Mean"');
  await page.waitForSelector('table.live th[aria-sort="descending"]');
  assert.equal(await first(), LONG, "the greatest mean");
  await page.click('table.live th >> text="Skewness"');
  await page.click('table.live th >> text="Skewness"');
  const last = await page.getAttribute("table.live tbody tr >> nth=-1", "data-attribute");
  assert.equal(last, "constant", "no skewness comes last");
});

test("factors of a category are those of its values, and what has none is named", async () => {
  await open("gaps", "multivariate");
  await ask("vif");
  await page.click('fieldset.place >> text="all"');
  await page.click('fieldset.place >> text="none"');
  await tick("inputs0", ["sepal_width", "constant", "species"]);
  await page.waitForSelector('table.bars tr[data-attribute="species$setosa"], [data-missing]');
  const told = await page.textContent("[data-missing]");
  const lines = await page.$$eval("table.bars tbody tr", (trs) =>
    trs.map((tr) => tr.dataset.attribute),
  );
  assert.match(told, /constant/);
  for (const name of ["setosa", "versicolor", "virginica"].map((each) => `species$${each}`)) {
    assert.equal(lines.includes(name), !told.includes(name), name);
  }
  await open("gaps", "correlation");
  await page.click('[data-figure="correlations"] >> text="Table"');
  const diagonal = (name) =>
    page.locator(`table.matrix tr[data-attribute="${name}"] td[data-with="${name}"] data`).count();
  assert.equal(await diagonal("petal_width"), 1);
  assert.equal(await diagonal("constant"), 0, "a constant correlates with nothing");
});

test("a narrow page keeps long names inside", async () => {
  const pid = `narrow-${"y".repeat(90)}`;
  await calls.post(`/projects?pid=${pid}&enableHistogram=true`, {});
  await calls.post(`/projects/${pid}/learn`, withGaps());
  await page.setViewportSize({ width: 800, height: 900 });
  const fits = (what) =>
    until(`${what} within the page`, () =>
      page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
    );
  await page.goto(`${server.url}/#/projects`);
  await page.waitForSelector(`tr[data-project="${pid}"]`);
  await fits("projects");
  await open(pid, "live");
  const tabs = await page.$$eval('[role="tab"]', (all) => all.map((each) => each.dataset.tab));
  for (const each of tabs) {
    await open(pid, each);
    await page.waitForSelector("#tab-panel > *");
    await fits(each);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("a project that is deleted while shown is gone, until it is made again", async () => {
  await calls.post("/projects?pid=fleeting", {});
  await calls.post("/projects/fleeting/learn", plain(ROWS));
  await open("fleeting", "live");
  await page.waitForSelector('table.live tr[data-attribute="sepal_length"]');
  await calls.remove("/projects/fleeting");
  await page.waitForSelector('h2:has-text("There is no project fleeting")');
  assert.equal(await page.locator("table.live").count(), 0);
  await calls.post("/projects?pid=fleeting", {});
  await page.waitForSelector("text=No rows yet");
});

test("a regression is built, and tells its coefficients", async () => {
  await open("iris", "models");
  await page.click("text=Build a model");
  await page.selectOption('select[name="algorithm"]', "mlr");
  await page.fill('input[name="modelid"]', "length");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector("dialog >> text=Choose what it predicts.");
  await page.selectOption('select[name="target"]', "sepal_length");
  for (const name of HEADER.slice(4)) await page.uncheck(`input[name="input"][value="${name}"]`);
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('tr[data-model="length"]');
  await page.click('tr[data-model="length"] >> text="Info"');
  await page.waitForSelector("dialog[open] table.data");
  const { modelInfo } = await calls.get("/projects/iris/models/length");
  const [name, frame] = Object.entries(modelInfo.extra).find(([, each]) => each.data.length === 4);
  const row = frame.data.find((cells) => cells.includes("petal_length"));
  const cells = await page.$$eval(
    `dialog table:has(caption:text-is("${name}")) tr:has(:text-is("petal_length")) data`,
    (all) => all.map((d) => Number(d.value)),
  );
  assert.deepEqual(cells, row.filter((_, i) => frame.attributeTypes[i] === "C").map(Number));
  await page.keyboard.press("Escape");
});

test("a project is made with parameters, and tells them", async () => {
  await page.goto(`${server.url}/#/projects`);
  await page.click('text="New project"');
  await page.fill('dialog input[name="pid"]', "window");
  await page.selectOption('dialog select[name="type"]', "partition");
  await page.waitForSelector('dialog input[name="partitionSplit"]');
  await page.selectOption('dialog select[name="type"]', "cpu");
  await page.waitForSelector('dialog input[name="partitionSplit"]', { state: "detached" });
  await page.fill('dialog input[name="sml_project_rolling_window_size"]', "-1");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('dialog [role="alert"]');
  await page.fill('dialog input[name="sml_project_rolling_window_size"]', "60");
  await page.check('dialog input[name="sml_project_rolling_window_use_embedded"]');
  await page.fill('dialog input[name="sml_project_predicate_row_filter"]', "sepal_length>=4.5");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector("text=No rows yet");
  await calls.post("/projects/window/learn", plain(ROWS));
  await open("window", "properties");
  await page.waitForSelector('tr[data-param="sml_project_rolling_window_size"]');
  const param = (name) => page.textContent(`tr[data-param="${name}"] td`);
  assert.equal(await param("sml_project_rolling_window_size"), "60");
  assert.equal(await param("sml_project_predicate_row_filter"), "sepal_length>=4.5");
  const kept = ROWS.filter((row) => Number(row[0]) >= 4.5).length;
  assert.equal(await value('dl.facts div:has(dt:text-is("Rows")) dd'), kept);

  await open("window", "drift");
  await page.selectOption('select[name="other"]', "rolling_window_embedded_project");
  await page.waitForSelector('[data-key="driftScore"] data');
});

test("a project is exported, imported and merged", async () => {
  await open("iris", "properties");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.click('button:text-is("Export")'),
  ]);
  assert.equal(file.suggestedFilename(), "iris.weir");
  const path = join(root, "iris.weir");
  await file.saveAs(path);
  await page.goto(`${server.url}/#/projects`);
  await page.click('button:text-is("Import")');
  await page.setInputFiles('dialog input[type="file"]', path);
  await page.fill('dialog input[name="pid"]', "copy");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('h1:has-text("copy")');
  const same = await explore("uni", { inputAttributeNames: ["petal_width"] }, "copy");
  assert.deepEqual(same, await explore("uni", { inputAttributeNames: ["petal_width"] }));
  await open("copy", "properties");
  await page.click('button:text-is("Merge…")');
  await page.waitForSelector('dialog option:text-is("setosa")', { state: "attached" });
  await page.selectOption('dialog select[name="choice"]', "setosa");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('[role="status"]:has-text("setosa was merged into copy")');
  await until(
    "200 rows",
    async () => (await value('dl.facts div:has(dt:text-is("Rows")) dd')) === 200,
  );
  await page.goto(`${server.url}/#/projects`);
  await page.click('button:text-is("Import")');
  writeFileSync(path, "not a summary");
  await page.setInputFiles('dialog input[type="file"]', path);
  await page.fill('dialog input[name="pid"]', "broken");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('dialog [role="alert"]');
  await page.keyboard.press("Escape");
});

test("a data source is found, looked at, learned and forgotten", async () => {
  await page.click('nav >> text="Data sources"');
  await page.click('text="New source"');
  await page.fill('dialog input[name="name"]', "history");
  await page.click('dialog >> text="Browse"');
  await page.click('dialog .files >> text="history/"');
  await page.click('dialog .files >> text="iris.csv"');
  await page.click('dialog >> text="Preview"');
  await page.waitForSelector("dialog table.preview tbody tr");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('tr[data-source="history"]');
  await page.click('tr[data-source="history"] >> text="Edit"');
  assert.equal(await page.inputValue('dialog input[name="path"]'), "history/iris.csv");
  await page.fill('dialog input[name="separator"]', ",");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector("dialog", { state: "detached" });
  assert.equal((await calls.get("/dss/history")).dsinfo.info.csv_entry_separator, ",");
  await calls.post("/projects?pid=batch", {});
  await open("batch", "data");
  await page.click('tr[data-source="history"] >> text="Learn"');
  await page.selectOption('dialog select[aria-label="Type of petal_width_b2"]', "X");
  await page.click('dialog footer >> text="Learn"');
  await page.waitForSelector('dialog [role="status"]:has-text("150")');
  await page.click('dialog footer >> text="Close"');
  const learned = await explore("uni", { inputAttributeNames: ["petal_width"] }, "batch");
  near(learned.variance, 0.5785, 4, "variance of petal_width");
  await until("the log", async () => {
    const log = await page.textContent('section[aria-label="Data log"]');
    return log.includes("history") && log.includes("150");
  });
  await page.click('tr[data-source="history"] >> text="Forget"');
  await page.waitForSelector("dialog table.preview");
  await page.click('dialog footer >> text="Forget"');
  await page.waitForSelector('dialog [role="status"]');
  assert.equal(await value('dialog [role="status"]'), 0);
  await page.click('dialog footer >> text="Close"');
});

test("an encoder is made, tells what it learned, and is corrected", async () => {
  await page.click('nav >> text="Encoders"');
  await page.click('text="New encoder"');
  await page.fill('dialog input[name="encoderName"]', "kinds");
  await page.fill('dialog input[name="encoderTarget"]', "petal_width");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector('.menu [data-encoder="kinds"]');
  await calls.post("/encoders/kinds/learn", {
    attributeNames: ["species", "petal_width"],
    attributeTypes: ["S", "C"],
    data: withKinds(ROWS).data.map((row) => [row[4], row[3]]),
  });
  const key = 'tr[data-key="species"]';
  await page.waitForSelector(key);
  assert.equal(await value(`${key} [data-column="count"]`), 3);
  assert.equal(await value(`${key} [data-column="mean"]`), 50);
  await page.click(`${key} button`);
  const row = 'tr[data-value="setosa"]';
  await page.waitForSelector(row);
  const { dataframe } = await calls.get("/encoders/kinds/keyvals/species");
  const [, , count, sum] = dataframe.data.find(([name]) => name === "setosa");
  assert.equal(await page.inputValue(`${row} input >> nth=0`), count);
  assert.equal(await page.inputValue(`${row} input >> nth=1`), sum);
  near(Number(sum), 12.2, 1, "petal widths of setosa");
  await page.fill(`${row} input >> nth=1`, "25");
  await page.click('dialog footer >> text="Save"');
  await page.waitForSelector("dialog", { state: "detached" });
  const changed = (await calls.get("/encoders/kinds/keyvals/species")).dataframe;
  assert.equal(Number(changed.data.find(([name]) => name === "setosa")[3]), 25);

  writeFileSync(join(root, "more.csv"), "species,petal_width\nsetosa,1\nsetosa,2\nother,3\n");
  await calls.post("/dss/create", { name: "more", type: "localfile", info: { path: "more.csv" } });
  await page.click('text="Teach a source…"');
  await page.waitForSelector('dialog option:text-is("more")', { state: "attached" });
  await page.selectOption('dialog select[name="source"]', "more");
  await page.click('dialog button[type="submit"]');
  await page.waitForSelector("dialog", { state: "detached" });
  await until("four values", async () => (await value(`${key} [data-column="count"]`)) === 4);
  await page.click('section[aria-label="kinds"] >> text="Delete"');
  await page.click("dialog button.danger");
  await page.waitForSelector("text=No encoders yet");
});

test("the browser had nothing to complain about", () => {
  assert.deepEqual(complaints, []);
});
