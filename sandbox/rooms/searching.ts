import type { Clock } from "../../src/base/clock.ts";
import type { Entry, ReceivedMessage } from "../api/types.ts";
import { stringLeaves } from "../robot/json.ts";
import { type Rooms, receivedMessages } from "./rooms.ts";

/** Which messages are asked for. */
export interface Wanted {
  readonly token: string | undefined;
  /** A piece of any text in the message, in any letter case. */
  readonly contains: string | undefined;
}

/** Accepted messages, oldest first. */
export function findMessages(rooms: Rooms, wanted: Wanted): ReceivedMessage[] {
  return receivedMessages(rooms.entries(wanted.token)).filter(({ message }) =>
    holds(message, wanted.contains),
  );
}

/** Whether an entry is found by a piece of its message, its body or its error text. */
export function isFound(entry: Entry, contains: string | undefined): boolean {
  const { message, body, errmsg, why } = entry;
  return holds([message, body, errmsg, why], contains);
}

function holds(value: unknown, piece: string | undefined): boolean {
  if (piece === undefined || piece === "") return true;
  const wanted = piece.toLowerCase();
  return stringLeaves(value).some((text) => text.toLowerCase().includes(wanted));
}

/** How long to wait for how many messages. */
export interface Patience {
  readonly count: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends the waiting as the time-out does. */
  readonly signal: AbortSignal;
}

/** The messages as soon as there are so many, those that are there already included; else undefined. */
export function waitForMessages(
  rooms: Rooms,
  wanted: Wanted,
  { count, timeoutMs, clock, signal }: Patience,
): Promise<ReceivedMessage[] | undefined> {
  return new Promise((resolve) => {
    const finish = (messages: ReceivedMessage[] | undefined) => {
      stopListening();
      cancel();
      signal.removeEventListener("abort", giveUp);
      resolve(messages);
    };
    const giveUp = () => finish(undefined);
    const look = () => {
      const messages = findMessages(rooms, wanted);
      if (messages.length >= count) finish(messages);
    };
    const stopListening = rooms.onChange(look);
    const cancel = clock.after(timeoutMs, giveUp);
    signal.addEventListener("abort", giveUp);
    look();
  });
}
