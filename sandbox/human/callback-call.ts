import { type Clock, withinTime } from "../../src/base/clock.ts";
import type { Callback, CallbackProblemCode, Remark } from "../api/types.ts";
import { remark } from "../robot/remark.ts";

/** Longer than DingTalk's 2.5 seconds, so that a robot can be looked at with a debugger. */
const timeoutMs = 30_000;
const maxAnswerBytes = 1024 * 1024;

/** What became of a callback. */
export interface CallbackResult {
  /** Null where there was no answer. */
  readonly status: number | null;
  readonly answer: string;
  readonly problem: Remark<CallbackProblemCode> | null;
}

/** One POST to the robot's address. Redirects are not followed, and it never rejects. */
export async function postCallback(
  { url, headers, body }: Pick<Callback, "url" | "headers" | "body">,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<CallbackResult> {
  try {
    return await withinTime({ clock, timeoutMs, signal }, async (limited) => {
      const aborting = new AbortController();
      const abort = (): void => aborting.abort(limited.reason);
      if (limited.aborted) abort();
      limited.addEventListener("abort", abort);
      const limit = { signal: aborting.signal };
      const init = { method: "POST", headers, body, redirect: "manual", ...limit } as const;
      const response = await fetch(url, init);
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
  const problem = systemCode(error);
  return remark("callback-unreachable", `the callback found no answer: ${problem}`, { problem });
}

/** `fetch` hides what happened in the cause. */
function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return systemCode(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
