import type { MachineApp } from "./inbox-events.ts";
import type { HandOverFailure } from "./receiving-app.ts";

/** Where a message is that had no end yet. */
export type MessagePhase = "held" | "claiming" | "processing";

/** A message that had no end yet. */
export interface OpenMessage<App> {
  readonly key: string;
  readonly app: App;
  /** Older messages have a lower number. */
  readonly order: number;
  phase: MessagePhase;
  /** Hand-overs that the app may have got. */
  attempts: number;
  isAccepted: boolean;
  isClaimed: boolean;
  /** While `held` after a failure: no hand-over before this time. */
  notBefore: number;
  /** Since when no Read stream took the message. */
  unreadSince: number | undefined;
  /** While `processing`. */
  handedOverAt: number;
  /** Why the message is not with its app. */
  failure: HandOverFailure;
}

/** DingTalk documents that it waits 3 s for an acknowledgement. */
export const acceptAfterMs = 2500;
/** How long a message waits for want of a reader. */
export const readerWaitMs = 120_000;
/** A reader that takes nothing now is asked again after this time. */
export const askAgainMs = 1000;
const delaysMs = [1000, 5000, 30_000];
const longestDelayMs = 60_000;
/** A delay is longer than its base by up to this share. */
const spread = 0.2;

/**
 * How long a message waits after an attempt that failed.
 *
 * @param attempts how many attempts there were, at least 1
 * @param random at least 0, less than 1
 */
export function delayMs(attempts: number, random: number): number {
  return (delaysMs[attempts - 1] ?? longestDelayMs) * (1 + spread * random);
}

/** When something is to be done for a message if nothing happens before. */
export function timesOf(message: OpenMessage<MachineApp>, now: number): number[] {
  const { phase, app, isAccepted, handedOverAt, unreadSince, notBefore } = message;
  if (phase === "claiming") return [];
  if (phase === "processing") {
    const times = [handedOverAt + app.settings.handleTimeoutMs];
    return isAccepted ? times : [...times, handedOverAt + acceptAfterMs];
  }
  const times = unreadSince === undefined ? [] : [unreadSince + readerWaitMs];
  return notBefore > now ? [...times, notBefore] : times;
}
