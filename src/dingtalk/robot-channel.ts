import type { Logger } from "pino";
import { isTimeUp } from "../base/cancellation.ts";
import type { Clock } from "../base/clock.ts";
import { Secret } from "../base/secret.ts";
import type { Channel, DigestItem, Post } from "../delivery/channel.ts";
import { cleanErrmsg } from "./clean-errmsg.ts";
import type { ConnectionLease, Connections } from "./connections.ts";
import {
  composeDigest,
  type DigestOptions,
  type DigestStyle,
  digestShare,
  isDigestible,
} from "./digest-message.ts";
import { parseRefusal, RobotRefusedError, RobotUnreachableError } from "./errors.ts";
import { type ExchangeLimits, exchange } from "./http-exchange.ts";
import { windowMs } from "./limits.ts";
import { parseMessage, type RobotMessage } from "./message.ts";
import { maxMessageBytes, withMsgUuid } from "./outgoing.ts";
import { addressOf, explainSignature, type Robot, robotName } from "./robot.ts";
import { type RobotRefusal, readAnswer } from "./robot-answer.ts";
import { bareHref } from "./signature.ts";
import { basicCredentials } from "./tunnel.ts";

/** The outcome of a message that the robot took. */
export const accepted = { kind: "accepted", errcode: 0 } as const;

/** What the channels of all robots share, and how their digests look. */
export interface RobotChannelDeps extends DigestStyle {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What was posted, and when the robot's host says that it answered. */
interface Posted {
  readonly date: string | undefined;
  readonly url: URL;
  readonly body: Buffer;
}

/** How long a message may still be under way when its answer is given up. */
const underWayMs = 30_000;

/** Posts to one group robot. */
export class RobotChannel implements Channel<RobotMessage> {
  readonly name: string;
  readonly address: Secret;
  readonly host: string;
  readonly limit = { windowMs, underWayMs };
  readonly parseMessage = parseKept;
  readonly parseFailure = parseRefusal;
  readonly #robot: Robot;
  readonly #deps: RobotChannelDeps;
  /** Keeps connections open between posts. */
  readonly #lease: ConnectionLease;

  constructor(robot: Robot, deps: RobotChannelDeps) {
    this.name = robotName(robot);
    this.address = new Secret(bareHref(robot.url));
    this.host = robot.url.hostname;
    this.#robot = robot;
    this.#deps = deps;
    this.#lease = deps.connections.lease(robot.url.origin);
  }

  prepare(message: RobotMessage, msgUuid: string): Post {
    const { body, isIdempotent } = withMsgUuid(message, msgUuid);
    return { isIdempotent, send: (signal, timeoutMs) => this.#post(body, { signal, timeoutMs }) };
  }

  isDigestible(message: RobotMessage): boolean {
    return isDigestible(message);
  }

  digestShare(message: RobotMessage): number {
    return digestShare(message, this.#digestOptions);
  }

  composeDigest(waiting: readonly DigestItem<RobotMessage>[]) {
    return composeDigest(waiting, this.#digestOptions);
  }

  get #digestOptions(): DigestOptions {
    const { timeZone, keyword } = this.#deps;
    return { maxBytes: maxMessageBytes, timeZone, keyword };
  }

  givenUp(signal: AbortSignal): Error {
    return abandoned(signal, "the caller gave up while the message was on its way");
  }

  close(): void {
    this.#lease.release();
  }

  /**
   * Posts once, freshly signed by the host's clock.
   *
   * @throws {RobotRefusedError} when DingTalk says no
   * @throws {RobotUnreachableError} when there is no usable answer
   */
  async #post(body: Buffer, limits: ExchangeLimits): Promise<typeof accepted> {
    // A post that has begun keeps its connection also when the channel is closed meanwhile.
    const { clock, connections } = this.#deps;
    const { host, hostClock, release } = connections.lease(this.#robot.url.origin);
    const url = addressOf(this.#robot, clock.now() + hostClock.offsetMs);
    try {
      const headers = headersFor(url);
      const answer = await exchange(host, { url, headers, body, clock, ...limits });
      const refused = readAnswer(answer, { url, nowMs: clock.now() });
      if (refused === undefined) return accepted;
      throw this.#refusal(refused, { date: answer.date, url, body });
    } finally {
      release();
    }
  }

  #refusal(refused: RobotRefusal, posted: Posted): RobotRefusedError {
    const { errcode } = refused;
    const refusal = explainSignature(refused.refusal, this.#robot);
    const isClockCorrected =
      refusal.reason === "timestamp-invalid" && this.#correctClock(posted.date);
    const errmsg = cleanErrmsg(refused.errmsg, { ...posted, secret: this.#robot.secret });
    return new RobotRefusedError(refusal, { errcode, errmsg, isClockCorrected });
  }

  #correctClock(date: string | undefined): boolean {
    // A signature that stands in the url does not change with the clock.
    if (this.#robot.secret === undefined) return false;
    const { hostClock } = this.#lease;
    if (!hostClock.correct(date, this.#deps.clock.now())) return false;
    this.#deps.log.warn(
      { offsetMs: hostClock.offsetMs },
      "this machine's clock differs from DingTalk's; signing by DingTalk's from now on",
    );
    return true;
  }
}

/** Reads the JSON of a message that a process of this program wrote. */
export function parseKept(json: string): RobotMessage {
  return parseMessage(Buffer.from(json));
}

/** The failure of a caller whose signal aborted while the message was on its way. */
export function abandoned(signal: AbortSignal, message: string): RobotUnreachableError {
  const reason = isTimeUp(signal) ? "timeout" : "cancelled";
  return new RobotUnreachableError(reason, { message, mayHaveArrived: true });
}

/** The headers of every message. */
export const jsonHeaders: Readonly<Record<string, string>> = {
  accept: "application/json",
  "content-type": "application/json; charset=utf-8",
};

function headersFor({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return jsonHeaders;
  return { ...jsonHeaders, authorization: basicCredentials(username, password) };
}
