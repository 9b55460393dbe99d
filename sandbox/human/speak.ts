import type { JsonObject } from "../../src/base/json.ts";
import type { Attempt, Callback, Entry } from "../api/types.ts";
import { createEntry } from "../rooms/entry.ts";
import type { SandboxDeps } from "../rooms/receive.ts";
import type { Room } from "../rooms/room.ts";
import type { StreamConnection } from "../stream/connection.ts";
import { callbackBody, callbackHeaders } from "./callback-payload.ts";
import { Delivery } from "./delivery.ts";
import { pushByHttp } from "./http-delivery.ts";
import { pushByStream } from "./stream-delivery.ts";

/** What a human says to robots, and where. */
export interface SpokenMessage {
  /** The room in which the human speaks. */
  readonly room: Room;
  /** Other robots that the message mentions. Default: none. */
  readonly alsoMentioned?: readonly Room[];
  /** `msgtype` and what belongs to it. */
  readonly message: JsonObject;
  /** True if the robots get errorCode 20001 in place of the content. Default: false. */
  readonly isOverQuota?: boolean;
  /** The sandbox's address as the robot's program reaches it, without a slash at the end. */
  readonly baseUrl: string;
  /** Ends callbacks. */
  readonly signal: AbortSignal;
  /** The connection that gets the message. Default: a live one, by chance. */
  readonly connection?: StreamConnection;
}

/** The message of a human who writes a text. */
export function textMessage(content: string): JsonObject {
  return { msgtype: "text", text: { content } };
}

/**
 * Speaks to robots as a human: pushes the message to the robots' programs.
 *
 * @returns the human's entry in the room: after the callback is over, or in stream mode after the
 * ack, or after 3 seconds without one
 */
export async function speak(deps: SandboxDeps, spoken: SpokenMessage): Promise<Entry> {
  const { room, alsoMentioned = [], signal, connection } = spoken;
  const rooms = [room, ...alsoMentioned];
  const msgId = `msg${Buffer.from(randomHex(deps.random)).toString("base64")}`;
  const startedAt = deps.clock.now();
  const entries = rooms.map((robot) => {
    const entry = createHumanEntry(deps, spoken, { robot, msgId, now: startedAt });
    deps.rooms.record(robot, entry, startedAt);
    return { robot, entry };
  });
  await Promise.all(
    entries.map(({ robot, entry }) => {
      const { redeliveries } = robot.human;
      const delivery = new Delivery(deps, robot, entry.id);
      if (entry.callback === null) return undefined;
      return robot.human.mode === "stream"
        ? pushByStream(delivery, { redeliveries, connection })
        : pushByHttp(delivery, { redeliveries, signal });
    }),
  );
  const [first] = entries;
  if (first === undefined) throw new Error("nobody was spoken to");
  return room.find(first.entry.id) ?? first.entry;
}

/** Pushes a human's message once more, with the same msgId. */
export async function pushAgain(
  deps: SandboxDeps,
  { room, entry, signal }: { room: Room; entry: Entry; signal: AbortSignal },
): Promise<Entry> {
  const delivery = new Delivery(deps, room, entry.id);
  await (entry.callback?.mode === "stream"
    ? pushByStream(delivery, { redeliveries: 0 })
    : pushByHttp(delivery, { redeliveries: 0, signal, isAgain: true }));
  return room.find(entry.id) ?? entry;
}

interface Address {
  /** The robot that gets the message. */
  readonly robot: Room;
  readonly msgId: string;
  readonly now: number;
}

function createHumanEntry(deps: SandboxDeps, spoken: SpokenMessage, address: Address): Entry {
  const id = deps.rooms.nextId();
  const body = Buffer.from(JSON.stringify(spoken.message));
  const attempt: Attempt = {
    receivedAt: new Date(address.now).toISOString(),
    outcome: "accepted",
    isRepeat: false,
    errcode: null,
    errmsg: "",
    explanation: null,
    fault: null,
  };
  const { token } = address.robot;
  const facts = { id, token, kind: "human", via: "page", attempt, body } as const;
  const callback = prepareCallback(deps, spoken, { ...address, entryId: id });
  return { ...createEntry(facts), lint: [], callback };
}

/** Null in HTTP mode if no callback address is set. */
function prepareCallback(
  { random, sessions }: SandboxDeps,
  spoken: SpokenMessage,
  { robot, msgId, now, entryId }: Address & { entryId: string },
): Callback | null {
  const { mode, callbackUrl } = robot.human;
  if (mode === "http" && callbackUrl === null) return null;
  const sessionId = randomHex(random);
  const expiresAt = now + robot.human.sessionMinutes * 60_000;
  sessions.add(sessionId, { token: robot.token, entryId, expiresAt });
  const { room, alsoMentioned = [], message, isOverQuota = false, baseUrl } = spoken;
  return {
    mode,
    state: "waiting",
    url: mode === "http" ? (callbackUrl ?? "") : "",
    headers: mode === "http" ? callbackHeaders(robot.human, now) : {},
    body: callbackBody({
      message: asHeard(message, room),
      isOverQuota,
      speaker: room,
      robot,
      mentioned: [room, ...alsoMentioned].map(({ token }) => token),
      msgId,
      sessionWebhook: `${baseUrl}/robot/sendBySession?session=${sessionId}`,
      expiresAt,
      now,
    }),
    status: null,
    durationMs: null,
    answerBody: "",
    problem: null,
    pushes: [],
  };
}

/** In a group, DingTalk removes the mention from "@robot text" and leaves the space. */
function asHeard(message: JsonObject, { human }: Room): JsonObject {
  const { text } = message;
  if (human.conversationType === "1" || !isText(text)) return message;
  return { ...message, text: { ...text, content: ` ${text.content}` } };
}

function isText(value: unknown): value is { readonly content: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "content" in value &&
    typeof value.content === "string"
  );
}

/** 32 hexadecimal digits. */
function randomHex(random: () => number): string {
  const digit = () => Math.floor(random() * 16).toString(16);
  return Array.from({ length: 32 }, digit).join("");
}
