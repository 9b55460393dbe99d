import { createHash } from "node:crypto";
import { Secret } from "../../../src/base/secret.ts";
import type { Channel, DigestItem, Message, Post } from "../../../src/delivery/channel.ts";

/** The JSON of a message that no digest can hold. */
export const odd = "odd";

/** A channel into a list of posts. It knows nothing of DingTalk. */
export class ListChannel implements Channel<Message> {
  readonly name: string;
  readonly address: Secret;
  readonly host = "list";
  readonly limit = { windowMs: 60_000, underWayMs: 30_000 };
  readonly posts: Message[] = [];
  isClosed = false;
  /** How much of a digest each message takes. */
  share = 0.001;
  /** Resolves or rejects when the answer to a post comes. */
  answer = (_message: Message, _signal: AbortSignal): Promise<unknown> => Promise.resolve();

  constructor(target: string) {
    this.name = createHash("sha256").update(target).digest("base64url");
    this.address = new Secret(target);
  }

  prepare(message: Message): Post {
    const send = async (signal: AbortSignal) => {
      this.posts.push(message);
      await this.answer(message, signal);
      return { kind: "accepted" } as const;
    };
    return { isIdempotent: false, send };
  }

  isDigestible(): boolean {
    return true;
  }

  digestShare(): number {
    return this.share;
  }

  composeDigest(waiting: readonly DigestItem<Message>[]) {
    if (waiting.some(({ message }) => message.json === odd)) throw new TypeError("odd");
    const carried = waiting.slice(0, Math.floor(1 / this.share));
    const json = carried.map(({ message }) => message.json).join("+");
    return { message: { json }, count: carried.length };
  }

  parseMessage(json: string): Message {
    return { json };
  }

  givenUp(): Error {
    return new Error("given up");
  }

  parseFailure(): Error {
    return new Error("a list refuses nothing");
  }

  close(): void {
    this.isClosed = true;
  }
}
