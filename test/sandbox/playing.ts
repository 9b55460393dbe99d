import { onTestFinished } from "vitest";
import { sign } from "../../src/dingtalk/signature.ts";
import type { RobotSettings } from "../../src/sandbox/robot.ts";
import type { ReceivedMessage } from "../../src/sandbox/room.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";

/** Time that stands still until it is moved. */
export class FakeClock {
  #now = Date.UTC(2026, 0, 1);

  readonly now = (): number => this.#now;

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** A running sandbox and its clock; ends with the test. */
export async function playRobots(
  robots?: readonly RobotSettings[],
): Promise<{ sandbox: Sandbox; clock: FakeClock }> {
  const clock = new FakeClock();
  const sandbox = await startSandbox({ now: clock.now, ...(robots && { robots }) });
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

/** One POST to a robot, and the robot's answer. */
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

/** What `GET /api/messages` shows. */
export async function received({ url }: Sandbox, query = ""): Promise<ReceivedMessage[]> {
  const response = await fetch(`${url}/api/messages${query}`);
  return JSON.parse(await response.text());
}
