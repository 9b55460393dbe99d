import { onTestFinished } from "vitest";
import type { Entry, ReceivedMessage } from "../../../sandbox/api/types.ts";
import type { RobotSettings } from "../../../sandbox/robot/settings.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../../sandbox/server.ts";
import { sign } from "../../../src/dingtalk/signature.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** A running sandbox and its clock. The sandbox is closed after the test. */
export async function createSandbox(
  robots?: readonly RobotSettings[],
  options: SandboxOptions = {},
): Promise<{ sandbox: Sandbox; clock: FakeClock }> {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const sandbox = await startSandbox({
    clock,
    pageFolder: "/nowhere",
    ...(robots && { robots }),
    ...options,
  });
  onTestFinished(() => sandbox.close());
  return { sandbox, clock };
}

export const hello = { msgtype: "text", text: { content: "hello" } };

interface Sending {
  readonly token?: string;
  /** Further query parameters, encoded. */
  readonly query?: string;
  /** An object is sent as JSON, a string as it is. */
  readonly message?: object | string;
  readonly contentType?: string;
}

/** Posts a message to a robot and returns the robot's answer. */
export async function send(
  { url }: Sandbox,
  {
    token = "sandbox",
    query = "",
    message = hello,
    contentType = "application/json",
  }: Sending = {},
): Promise<{ errcode: number; errmsg: string }> {
  const response = await fetch(`${url}/robot/send?access_token=${token}${query}`, {
    method: "POST",
    headers: { "Content-Type": contentType },
    body: typeof message === "string" ? message : JSON.stringify(message),
  });
  return JSON.parse(await response.text());
}

/** The query of a signed request. */
export function signature(timestampMs: number, secret: string): string {
  return `&timestamp=${timestampMs}&sign=${encodeURIComponent(sign(timestampMs, secret))}`;
}

/** The answer of `GET /api/messages`. */
export async function received({ url }: Sandbox, query = ""): Promise<ReceivedMessage[]> {
  const response = await fetch(`${url}/api/messages${query}`);
  return JSON.parse(await response.text());
}

/** The answer of `GET /api/entries`. */
export async function entries({ url }: Sandbox, query = ""): Promise<Entry[]> {
  const response = await fetch(`${url}/api/entries${query}`);
  return JSON.parse(await response.text());
}

/** One call of the API with JSON in and out. */
export async function call<Answer = unknown>(
  { url }: Sandbox,
  target: `${string} /api/${string}`,
  body?: unknown,
): Promise<{ status: number; json: Answer }> {
  const [method = "", path = ""] = target.split(" ");
  const response = await fetch(url + path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? null : JSON.parse(text) };
}
