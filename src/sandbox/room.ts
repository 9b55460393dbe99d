import type { IncomingHttpHeaders } from "node:http";
import type { JsonObject } from "./json.ts";
import type { RobotSettings } from "./robot.ts";
import { Throttle } from "./throttle.ts";

const maxMessages = 1000;
const maxMsgUuids = 10_000;

/** A message as the group would see it, with the request that brought it. */
export interface ReceivedMessage {
  /** Counts up over all robots. */
  readonly id: string;
  readonly token: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  readonly message: JsonObject;
  /** Of two equal parameters the first. */
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** The group of one robot: its last 1,000 messages, its limit and the `msgUuid`s it has seen. */
export class Room {
  readonly robot: RobotSettings;
  readonly throttle: Throttle;
  readonly #messages: ReceivedMessage[] = [];
  readonly #msgUuids = new Set<string>();

  constructor(robot: RobotSettings) {
    this.robot = robot;
    this.throttle = new Throttle(robot.messagesPerMinute);
  }

  /** Oldest first. */
  get messages(): readonly ReceivedMessage[] {
    return this.#messages;
  }

  /**
   * Whether a message with this `msgUuid` was here before; remembers it. How long DingTalk does is
   * not documented: here it is the last 10,000, whether or not the room was cleared since.
   */
  isRepeated({ msgUuid }: JsonObject): boolean {
    if (typeof msgUuid !== "string" || msgUuid === "") return false;
    if (this.#msgUuids.has(msgUuid)) return true;
    this.#msgUuids.add(msgUuid);
    for (const oldest of this.#msgUuids) {
      if (this.#msgUuids.size <= maxMsgUuids) break;
      this.#msgUuids.delete(oldest);
    }
    return false;
  }

  add(message: ReceivedMessage): void {
    this.#messages.push(message);
    if (this.#messages.length > maxMessages) this.#messages.shift();
  }

  clear(): void {
    this.#messages.length = 0;
  }
}
