/* page.mjs: a browser on a running server, and what tests do with it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { chromium } from "playwright-core";

const SLOW = 60_000; /* how long to wait for what should come; no assertion is about time */

/* Opens a page; complaints gathers what the browser held against it, but for the refusals that a
 * test provokes: asking for the session of nobody, a wrong secret, a name that exists, a broker that
 * is not there. */
export async function openPage() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const page = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
  });
  const complaints = [];
  page.setDefaultTimeout(SLOW);
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (400|401|409|503)/.test(message.text()))
      complaints.push(message.text());
  });
  return { browser, page, complaints };
}

export async function signIn(page, { url, id, secret }) {
  await page.goto(url);
  await page.fill('input[name="id"]', id);
  await page.fill('input[name="secret"]', secret);
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=Sign out");
}

/* Calls of the API over the session of the page. Throws unless the status is below 400. */
export function callsOf(page, id) {
  const call = (method, path, body) =>
    page.evaluate(
      async ([method, url, body]) => {
        const init = { method };
        if (body !== undefined) {
          init.body = JSON.stringify(body);
          init.headers = { "Content-Type": "application/json" };
        }
        const answer = await fetch(url, init);
        const { statusString, values } = await answer.json();
        if (!answer.ok) throw new Error(`${url}: ${answer.status} ${statusString}`);
        return { values, job: answer.headers.get("sym-job-id") };
      },
      [method, `/symetry/rest/${id}${path}`, body],
    );
  return {
    get: (path) => call("GET", path).then(({ values }) => values),
    remove: (path) => call("DELETE", path).then(({ values }) => values),
    /* Waits for the job where there is one. */
    post: async (path, body) => {
      const { values, job } = await call("POST", path, body);
      if (job === null) return values;
      return until(`job ${job}`, async () => {
        const done = await page.evaluate(async (url) => {
          const answer = await fetch(url);
          return answer.status === 202 ? undefined : answer.json();
        }, `/symetry/rest/${id}/jobs/${job}`);
        if (done) assert.equal(done.statusCode, "OK", done.statusString);
        return done?.values;
      });
    },
  };
}

export async function until(what, check) {
  const end = Date.now() + SLOW;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) assert.fail(`${what}: not in ${SLOW} ms`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

/* The exact number behind the text of the first <data> in an element. */
export async function valueOf(page, selector) {
  const text = await page.locator(`${selector} data`).first().getAttribute("value");
  return Number(text);
}

/* With WEIR_SCREENSHOTS=DIR: a picture of the page with nothing pointed at; of the whole page, or of
 * as much as asked for. */
export async function picture(page, name, height) {
  const folder = process.env.WEIR_SCREENSHOTS;
  if (!folder) return;
  const clip = height && { x: 0, y: 0, width: 1440, height };
  await page.mouse.move(0, 0);
  await page.screenshot({
    path: join(folder, `${name}.png`),
    ...(clip ? { clip } : { fullPage: true }),
  });
}
