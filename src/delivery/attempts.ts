import type { CancelSignal } from "../base/cancellation.ts";
import { type Clock, pause } from "../base/clock.ts";
import { RobotRefusedError, RobotUnreachableError } from "../dingtalk/errors.ts";
import type { LimitReport, Slot } from "./ledger.ts";

const firstBackoffMs = 200;
const longestBackoffMs = 5000;

/** How a message is tried. */
export interface AttemptPlan {
  /** Attempts after the first. */
  readonly retries: number;
  /** Whether a repeat is harmless after the first may have arrived. */
  readonly isRepeatable: boolean;
  /** Milliseconds since 1970, infinite if never. */
  readonly deadlineAt: number;
  readonly signal: CancelSignal;
  /** A place in the budget for each attempt. */
  acquire(): Slot | Promise<Slot>;
  /** One POST. */
  post(): Promise<void>;
  /** What the answer says of the robot's limit. */
  report(answer: LimitReport): void | Promise<void>;
  /** Sets the clock by the robot's; whether that makes another try worth while. */
  correctClock(error: RobotRefusedError): boolean;
  /** Told before each POST after the first. */
  repeats(former: unknown): void;
}

/**
 * Tries until the robot has the message, a permanent answer comes or the attempts are used up.
 *
 * @throws the last failure
 */
export async function attempt(
  plan: AttemptPlan,
  { clock, random }: { clock: Clock; random: () => number },
): Promise<void> {
  let retries = 0;
  let clockCorrected = false;
  let former: unknown;
  for (;;) {
    const failure = await tryOnce(plan, former);
    if (failure === undefined) return;
    if (plan.signal.aborted) throw failure;
    if (failure instanceof RobotRefusedError && !clockCorrected && plan.correctClock(failure)) {
      clockCorrected = true;
    } else if (retries < plan.retries && isWorthRetrying(failure, plan.isRepeatable)) {
      const longestMs = Math.min(firstBackoffMs * 2 ** retries, longestBackoffMs);
      const delayMs = random() * longestMs;
      if (clock.now() + delayMs >= plan.deadlineAt) throw failure;
      await pause({ clock, ms: delayMs, signal: plan.signal }).catch(() => Promise.reject(failure));
      retries += 1;
    } else throw failure;
    former = failure;
  }
}

/** @returns how it failed */
async function tryOnce(plan: AttemptPlan, former: unknown): Promise<unknown> {
  const slot = await acquireAfter(former, plan);
  if (former !== undefined) plan.repeats(former);
  try {
    await plan.post();
    slot.used();
    const reported = plan.report("open");
    if (reported !== undefined) await reported;
    return undefined;
  } catch (error) {
    if (isUnderWay(error)) slot.lost();
    else slot.used();
    await plan.report(limitReportOf(error));
    return error;
  }
}

async function acquireAfter(former: unknown, plan: AttemptPlan): Promise<Slot> {
  try {
    return await plan.acquire();
  } catch (error) {
    // That a later attempt found no place says less than the failure before it.
    throw former ?? error;
  }
}

/** We stopped waiting, and the message has not stopped. */
function isUnderWay(error: unknown): boolean {
  return error instanceof RobotUnreachableError && ["timeout", "cancelled"].includes(error.reason);
}

/** Failures that another try may mend: a busy DingTalk, no connection, a lost answer, a 5xx. */
function isWorthRetrying(error: unknown, isRepeatable: boolean): boolean {
  if (error instanceof RobotRefusedError) return error.kind === "busy";
  if (!(error instanceof RobotUnreachableError)) return false;
  if (error.mayHaveArrived && !isRepeatable) return false;
  const { reason, httpStatus = 0 } = error;
  if (reason === "http-error") return httpStatus >= 500;
  return !["cancelled", "redirected", "unusable-answer"].includes(reason);
}

function limitReportOf(error: unknown): LimitReport {
  if (error instanceof RobotRefusedError) {
    if (error.kind !== "throttled") return error.kind === "busy" ? "unknown" : "open";
    return error.reason === "address-banned" ? "banned" : "throttled";
  }
  const isRedirect = error instanceof RobotUnreachableError && error.reason === "redirected";
  return isRedirect ? "throttled" : "unknown";
}
