/* program.mjs: a running `weir demo`, started on fresh data and a free port, and ended.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const READY_MS = 120_000;
const STOP_MS = 30_000;

function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/* Resolves once the demo has printed its address, user and secret: {url, id, secret, stop,
 * errors}. */
export async function startDemo(program, ...more) {
  const data = mkdtempSync(join(tmpdir(), "weir-browser-"));
  const child = spawn(program, ["demo", "--data", data, "--listen", "127.0.0.1:0", ...more], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let errors = "";
  child.stderr.on("data", (text) => (errors += text));
  const ended = new Promise((resolve) =>
    child.on("exit", (code, signal) => resolve({ code, signal })),
  );
  const ready = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.stdout.on("data", (text) => {
      out += text;
      const url = /^(http:\/\/[\d.:]+)\/?\n/m.exec(out)?.[1];
      const id = /^user (\S+)\n/m.exec(out)?.[1];
      const secret = /^secret (\S+)\n/m.exec(out)?.[1];
      if (url && id && secret) resolve({ url, id, secret });
    });
    void ended.then(() =>
      reject(new Error(`weir demo ended before it was ready:\n${out}${errors}`)),
    );
  });
  const stop = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    try {
      return await within(ended, STOP_MS, "the end of weir demo");
    } finally {
      child.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    }
  };
  try {
    const words = await within(ready, READY_MS, "the start of weir demo");
    return { ...words, stop, errors: () => errors, output: () => out };
  } catch (error) {
    await stop("SIGKILL");
    throw error;
  }
}
