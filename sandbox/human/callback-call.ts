import { type Clock, withinTime } from "../../src/base/clock.ts";
import { errorCodeOf } from "../../src/base/error-code.ts";
import type { Callback, CallbackProblemCode, Remark } from "../api/types.ts";
import { remark } from "../robot/remark.ts";

/** Longer than DingTalk's 2.5 seconds, so that a robot can be looked at with a debugger. */
const timeoutMs = 30_000;
const maxAnswerBytes = 1024 * 1024;

/** How a callback went. */
export interface CallbackResult {
  /** The HTTP status; null if no answer came. */
  readonly status: number | null;
  readonly answer: string;
  readonly problem: Remark<CallbackProblemCode> | null;
}

/** Posts a callback to the robot's program. Follows no redirect and never rejects. */
export async function postCallback(
  { url, headers, body }: Pick<Callback, "url" | "headers" | "body">,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<CallbackResult> {
  try {
    return await withinTime({ clock, timeoutMs, signal }, async (limited) => {
      const init = { method: "POST", headers, body, redirect: "manual" } as const;
      const response = await fetch(url, { ...init, signal: limited });
      const { status, ok } = response;
      return { status, answer: await readText(response), problem: ok ? null : wrongStatus(status) };
    });
  } catch (error) {
    return { status: null, answer: "", problem: explainFailure(error) };
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) break;
  }
  return Buffer.concat(chunks).toString();
}

function wrongStatus(status: number): Remark<CallbackProblemCode> {
  return remark("callback-status", `the callback was answered with HTTP ${status}`, { status });
}

function explainFailure(error: unknown): Remark<CallbackProblemCode> {
  if (error instanceof Error && error.name === "TimeoutError") {
    const seconds = timeoutMs / 1000;
    const text = `the callback was not answered within ${seconds} seconds`;
    return remark("callback-timeout", text, { seconds });
  }
  const problem = errorCodeOf(error, messageOf(error));
  return remark("callback-unreachable", `the callback found no answer: ${problem}`, { problem });
}

/** `fetch` says only "fetch failed"; its cause says why. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
