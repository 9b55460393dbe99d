import type { Clock } from "../../src/base/clock.ts";
import type { Entry, ReceivedMessage } from "../api/types.ts";
import { stringLeaves } from "../robot/json.ts";
import { type Rooms, receivedMessages } from "./rooms.ts";

/** Chooses messages; undefined chooses all. */
export interface MessageFilter {
  readonly token?: string | undefined;
  /** A piece of any text in the message, in any letter case. */
  readonly contains?: string | undefined;
}

/** Accepted messages, oldest first. */
export function findMessages(rooms: Rooms, filter: MessageFilter): ReceivedMessage[] {
  return select(rooms.entries(filter.token), filter);
}

function select(entries: readonly Entry[], { contains }: MessageFilter): ReceivedMessage[] {
  return receivedMessages(entries).filter(({ message }) => holds(message, contains));
}

/** Whether the message, the body or the error text of an entry holds a piece of text. */
export function isFound(entry: Entry, contains: string | undefined): boolean {
  const { message, body, errmsg, why } = entry;
  return holds([message, body, errmsg, why], contains);
}

function holds(value: unknown, piece: string | undefined): boolean {
  if (piece === undefined || piece === "") return true;
  const wanted = piece.toLowerCase();
  return stringLeaves(value).some((text) => text.toLowerCase().includes(wanted));
}

/** How many messages to wait for, and how long. */
export interface WaitOptions {
  readonly count: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends the wait in the same way as the time-out. */
  readonly signal: AbortSignal;
}

/**
 * The messages as soon as `count` of them are in the rooms; messages that are already there count.
 * Undefined after the time-out.
 *
 * A search through a full room takes 40 ms. So each wait searches once at its beginning, then looks
 * at new entries alone, and searches again when there may be enough.
 */
export function waitForMessages(
  rooms: Rooms,
  filter: MessageFilter,
  { count, timeoutMs, clock, signal }: WaitOptions,
): Promise<ReceivedMessage[] | undefined> {
  return new Promise((resolve) => {
    const finish = (messages: ReceivedMessage[] | undefined) => {
      stopListening();
      cancel();
      signal.removeEventListener("abort", giveUp);
      resolve(messages);
    };
    const giveUp = () => finish(undefined);
    const matching = new Set<string>();
    let revision = rooms.revision;
    const search = () => {
      const messages = findMessages(rooms, filter);
      matching.clear();
      for (const { id } of messages) matching.add(id);
      if (messages.length >= count) finish(messages);
    };
    const stopListening = rooms.onChange(() => {
      for (const { id } of select(rooms.entriesSince(revision, filter.token), filter)) {
        matching.add(id);
      }
      revision = rooms.revision;
      if (matching.size >= count) search();
    });
    const cancel = clock.after(timeoutMs, giveUp);
    signal.addEventListener("abort", giveUp);
    search();
  });
}
