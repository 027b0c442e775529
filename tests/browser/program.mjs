/* program.mjs: a running `weir demo` or `weir serve`, started on fresh data and a free port, and
 * ended.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { execFileSync, spawn } from "node:child_process";
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

/* Runs the program until it is stopped; data goes with it. Resolves once read, given all that was
 * printed so far, returns something: that, and {stop, errors, output}. */
async function start(program, data, args, read) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
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
      const words = read(out);
      if (words) resolve(words);
    });
    void ended.then(() =>
      reject(new Error(`weir ${args[0]} ended before it was ready:\n${out}${errors}`)),
    );
  });
  const stop = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    try {
      return await within(ended, STOP_MS, `the end of weir ${args[0]}`);
    } finally {
      child.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    }
  };
  try {
    const words = await within(ready, READY_MS, `the start of weir ${args[0]}`);
    return { ...words, stop, errors: () => errors, output: () => out };
  } catch (error) {
    await stop("SIGKILL");
    throw error;
  }
}

const freshData = () => mkdtempSync(join(tmpdir(), "weir-browser-"));

/* A demo: {url, id, secret, stop, errors, output}. */
export function startDemo(program, ...more) {
  const data = freshData();
  const args = ["demo", "--data", data, "--listen", "127.0.0.1:0", ...more];
  return start(program, data, args, (out) => {
    const url = /^(http:\/\/[\d.:]+)\/?\n/m.exec(out)?.[1];
    const id = /^user (\S+)\n/m.exec(out)?.[1];
    const secret = /^secret (\S+)\n/m.exec(out)?.[1];
    return url && id && secret && { url, id, secret };
  });
}

/* Where the broker and the schema registry of a demo are. */
export function embeddedOf(demo) {
  return /embedded broker (\S+), schema registry (\S+)/.exec(demo.errors()).slice(1);
}

/* A server with one user and nothing else: the same. */
export async function startServer(program, ...more) {
  const data = freshData();
  const id = "tester";
  const secret = "AQIDBAUGBwgJCgsMDQ4PEA==";
  execFileSync(program, ["user", "add", id, "--key", secret, "--data", data]);
  const args = ["serve", "--data", data, "--listen", "127.0.0.1:0", ...more];
  return start(program, data, args, (out) => {
    const url = /^listening (http:\/\/\S+)\n/m.exec(out)?.[1];
    return url && { url, id, secret };
  });
}
