/* client.ts: calls to the server that served this page.
 *
 * Every answer is an envelope {"statusCode","statusString","values"}; a call either returns the
 * values or throws an ApiError whose message is the server's own sentence, fit to be shown.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

export class ApiError extends Error {
  constructor(
    readonly status: number /* of HTTP; 0 when the server did not answer */,
    message: string,
  ) {
    super(message);
  }
}

/* What is shown of anything that was thrown. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

interface Envelope {
  statusCode?: string;
  statusString?: string;
  values?: Record<string, unknown>;
}

export interface Answer {
  status: number;
  text: string; /* statusString */
  values: Record<string, unknown>;
  job?: number; /* of a 202 */
}

const CLIENT = "web-api"; /* who a project's log says it was */

let expired: () => void = () => {};
/* Calls handler whenever the server no longer knows the session. */
export function onExpired(handler: () => void): void {
  expired = handler;
}

async function request(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers: Record<string, string> = { "sym-client": CLIENT };
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    headers["Content-Type"] = "application/json";
  }
  let response: Response;
  let envelope: Envelope;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError(0, "The server does not answer.");
  }
  try {
    envelope = (await response.json()) as Envelope;
  } catch {
    throw new ApiError(response.status, `The server answered ${response.status} without JSON.`);
  }
  if (response.status === 401 && path !== "/session") expired();
  if (!response.ok) {
    const why = envelope.statusString ?? envelope.statusCode ?? "no reason given";
    throw new ApiError(response.status, why);
  }
  const answer: Answer = {
    status: response.status,
    text: envelope.statusString ?? "",
    values: envelope.values ?? {},
  };
  const job = response.headers.get("sym-job-id");
  if (job) answer.job = Number(job);
  return answer;
}

export const segment = encodeURIComponent;

/* ?a=1&b=2 of the values that are given. */
export function query(values: Record<string, string | number | boolean | undefined>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return "";
  return `?${pairs.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join("&")}`;
}

export const session = {
  /* The id of who is signed in, or undefined. */
  async current(): Promise<string | undefined> {
    try {
      const answer = await request("GET", "/session");
      return readId(answer);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return undefined;
      throw error;
    }
  },
  async open(id: string, secret: string): Promise<string> {
    return readId(await request("POST", "/session", { id, secret })) ?? id;
  },
  async close(): Promise<void> {
    await request("DELETE", "/session");
  },
};

function readId(answer: Answer): string | undefined {
  const id = answer.values["id"];
  return typeof id === "string" ? id : undefined;
}

/* Calls below /symetry/rest/{cid}. */
export class Client {
  constructor(readonly cid: string) {}

  private path(path: string): string {
    return `/symetry/rest/${segment(this.cid)}${path}`;
  }
  get(path: string): Promise<Answer> {
    return request("GET", this.path(path));
  }
  post(path: string, body?: unknown): Promise<Answer> {
    return request("POST", this.path(path), body);
  }
  put(path: string, body: unknown): Promise<Answer> {
    return request("PUT", this.path(path), body);
  }
  delete(path: string): Promise<Answer> {
    return request("DELETE", this.path(path));
  }
}
