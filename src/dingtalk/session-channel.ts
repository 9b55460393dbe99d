import { hash } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { Secret } from "../base/secret.ts";
import type { Channel, FailureFacts, Post } from "../delivery/channel.ts";
import { cleanErrmsg } from "./clean-errmsg.ts";
import type { ConnectionLease, Connections } from "./connections.ts";
import { DingTalkError, parseRefusal, RobotRefusedError, RobotUnreachableError } from "./errors.ts";
import { type ExchangeLimits, exchange } from "./http-exchange.ts";
import { windowMs } from "./limits.ts";
import { encodeMessage, type RobotMessage } from "./message.ts";
import { readAnswer } from "./robot-answer.ts";
import { abandoned, accepted, jsonHeaders, parseKept } from "./robot-channel.ts";
import { refusalInConversation, remedyInConversation } from "./session-refusals.ts";

/** What the channels of all conversations share. */
export interface SessionChannelDeps {
  readonly connections: Connections;
  readonly clock: Clock;
}

/**
 * Speaks in the conversation that a message came from, through the message's `sessionWebhook`. The
 * address needs no signature.
 */
export class SessionChannel implements Channel<RobotMessage> {
  readonly name: string;
  readonly address: Secret;
  readonly host: string;
  /** DingTalk documents no limit. `messagesPerMinute` is the limit of webhook robots. */
  readonly limit = { windowMs, underWayMs: 0 };
  readonly parseMessage = parseKept;
  readonly parseFailure = parseRefusal;
  readonly #url: URL;
  readonly #deps: SessionChannelDeps;
  readonly #lease: ConnectionLease;

  /** @param url as `parseSessionAddress` returns it */
  constructor(url: URL, deps: SessionChannelDeps) {
    this.name = hash("sha256", url.href, "base64url");
    this.address = new Secret(url.href);
    this.host = url.hostname;
    this.#url = url;
    this.#deps = deps;
    this.#lease = deps.connections.lease(url.origin);
  }

  /** Whether DingTalk recognises a repeat by its `msgUuid` is not known here. */
  prepare(message: RobotMessage): Post {
    const body = encodeMessage(message);
    return {
      isIdempotent: false,
      send: (signal, timeoutMs) => this.#post(body, { signal, timeoutMs }),
    };
  }

  isDigestible(): boolean {
    return false;
  }

  digestShare(): number {
    return 1;
  }

  composeDigest(): never {
    throw new Error("no digest goes to a conversation");
  }

  givenUp(signal: AbortSignal): Error {
    return asSessionFailure(abandoned(signal, "the caller went away before the answer came"));
  }

  close(): void {
    this.#lease.release();
  }

  async #post(body: Buffer, limits: ExchangeLimits): Promise<typeof accepted> {
    const { clock } = this.#deps;
    const url = this.#url;
    try {
      const request = { url, headers: jsonHeaders, body, clock, ...limits };
      const answer = await exchange(this.#lease.host, request);
      const refused = readAnswer(answer, { url, nowMs: clock.now() });
      if (refused === undefined) return accepted;
      const { errcode } = refused;
      const errmsg = cleanErrmsg(refused.errmsg, { url, body, secret: undefined });
      throw new RobotRefusedError(refusalInConversation(refused), { errcode, errmsg });
    } catch (error) {
      throw error instanceof Error ? asSessionFailure(error) : error;
    }
  }
}

/**
 * The failure with what it means in a conversation. A refusal for too many messages and a server
 * error pass soon and are tried again. Silence after the request went out is not: the message may be
 * there, and DingTalk is not known to recognise a second one.
 */
function asSessionFailure(error: Error): Error {
  if (error instanceof DingTalkError) error.facts = { ...error.facts, ...sessionFacts(error) };
  if (error instanceof RobotUnreachableError) error.remedy = remedyInConversation(error);
  return error;
}

function sessionFacts(error: DingTalkError): Partial<FailureFacts> {
  // One conversation says nothing of the limits of others.
  const limit = "unknown";
  const isBusy = error instanceof RobotRefusedError && ["busy", "throttled"].includes(error.kind);
  const isServerError = error.reason === "http-error" && error.facts.mayHaveArrived;
  if (isBusy || isServerError) return { limit, repeat: "later", mayHaveArrived: false };
  return { limit };
}
