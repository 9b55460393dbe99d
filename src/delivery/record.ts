import type { CancelSignal } from "../base/cancellation.ts";

/** What is remembered of a message. */
export interface Parcel {
  /** The same for every attempt, so that DingTalk itself delivers it once. */
  msgUuid: string;
  /** How many parts of a split message have arrived. */
  partsSent: number;
  /** The name of the robot that may have it already: only that one recognises a repeat of it. */
  robot?: string | undefined;
  /** The msgUuid of the digest that may have brought it. */
  digest?: string | undefined;
  /** What other replicas know it by. */
  recordKey?: string;
}

/** The key of what other replicas know of it, in a list; empty where they know nothing. */
export function recordKeysOf({ recordKey }: Parcel): string[] {
  return recordKey === undefined ? [] : [recordKey];
}

/** Work on a parcel: resolves when the robot has it, else rejects; it never throws at once. */
export type Deliver = (parcel: Parcel, signal: CancelSignal) => Promise<void>;
