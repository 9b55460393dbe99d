import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import { checkSignature, isTokenRight, type SignatureCheck } from "../dingtalk/callback.ts";
import type { ReceiveTelemetry } from "../telemetry/receive-telemetry.ts";
import { type CallbackRefusal, callbackRefusals } from "./callback-refusals.ts";
import type { ReceivedMessage } from "./received-message.ts";
import { RefusalLog } from "./refusal-log.ts";

/** A component that callbacks are for. */
export interface CallbackReceiver {
  /** The `id` in the component's metadata: the last part of the path. */
  readonly id: string;
  /** The component's name. */
  readonly instance: string;
  /** At least one of the two credentials is there. */
  readonly clientSecret: Secret | undefined;
  readonly callbackToken: Secret | undefined;
  readonly maxAgeMs: number;
  /** Names the robot of a message. */
  readonly robot: string;
  /** Hands a message to the inbox. */
  receive(message: ReceivedMessage): CallbackReceipt;
}

/** What the answer to a callback depends on. See `Receipt`. */
export interface CallbackReceipt {
  /** Whether the message is with the app now, or done. */
  isTaken(): boolean;
  readonly accepted: Promise<boolean>;
  /** The app's answer; undefined if none comes. */
  readonly answer: Promise<Buffer | undefined>;
  /** Takes the app's answer for the response. @returns what is said there; undefined for nothing */
  respond(answer: Buffer): Buffer | undefined;
  /** Takes an answer that came after the response. */
  missed(answer: Buffer): void;
}

/** The headers that prove where a callback comes from. */
export interface CallbackProof {
  readonly timestamp: string | undefined;
  readonly sign: string | undefined;
  readonly token: string | undefined;
}

interface CallbacksDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry: ReceiveTelemetry;
}

interface Failed {
  readonly reason: CallbackRefusal;
  readonly aheadSeconds?: number;
}

/** The reasons in the order of the checks. */
const order = Object.keys(callbackRefusals);

/** Who takes callbacks in this process. Several components may have one `id`. */
export class Callbacks {
  readonly #receivers = new Set<CallbackReceiver>();
  readonly #deps: CallbacksDeps;
  readonly #refusals: RefusalLog;
  #isStopping = false;

  constructor(deps: CallbacksDeps) {
    this.#deps = deps;
    this.#refusals = new RefusalLog(deps.clock, deps.log);
  }

  /** Whether no new message is taken. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Adds a component. The returned function takes it out. */
  join(receiver: CallbackReceiver): () => void {
    this.#receivers.add(receiver);
    return () => void this.#receivers.delete(receiver);
  }

  /** The components of this id, in the order in which they joined. */
  find(id: string): readonly CallbackReceiver[] {
    return [...this.#receivers].filter((receiver) => receiver.id === id);
  }

  /** The first of these components whose credential fits, else undefined; then it is counted. */
  admit(
    receivers: readonly CallbackReceiver[],
    proof: CallbackProof,
  ): CallbackReceiver | undefined {
    let last: { receiver: CallbackReceiver; failed: Failed } | undefined;
    for (const receiver of receivers) {
      const failed = checkProof(proof, receiver, this.#deps.clock.now());
      if (failed === undefined) return receiver;
      const isFurther =
        last === undefined || order.indexOf(failed.reason) > order.indexOf(last.failed.reason);
      if (isFurther) last = { receiver, failed };
    }
    if (last !== undefined) this.refuse(last.receiver, last.failed);
    return undefined;
  }

  /** Counts a refusal, and logs it once a minute. */
  refuse({ instance }: CallbackReceiver, { reason, aheadSeconds }: Failed): void {
    this.#deps.telemetry.callbackRefused(reason);
    this.#refusals.add({ instance, reason, aheadSeconds }, textOf(reason));
  }

  /** Logs, once a minute, that a callback came for an id that no component has. */
  miss(): void {
    const ids = [...new Set([...this.#receivers].map(({ id }) => id))];
    const known = ids.length === 0 ? "there is none" : `there are: ${ids.join(", ")}`;
    const reason = "unknown-id";
    this.#refusals.add({ instance: "", reason }, `${textOf(reason)} (${known})`);
  }

  /** Takes no new message any more. */
  stop(): void {
    this.#isStopping = true;
    this.#refusals.close();
  }
}

function textOf(reason: CallbackRefusal): string {
  const { message, remedy } = callbackRefusals[reason];
  return `callback refused, ${message}; ${remedy}`;
}

/** @returns undefined if the callback is DingTalk's */
function checkProof(
  { timestamp, sign, token }: CallbackProof,
  { clientSecret, callbackToken, maxAgeMs }: CallbackReceiver,
  now: number,
): Failed | undefined {
  if (callbackToken !== undefined && isTokenRight(token, callbackToken.reveal())) return undefined;
  if (clientSecret === undefined) return { reason: "bad-token" };
  const rules = { secret: clientSecret.reveal(), now, maxAgeMs };
  const check = checkSignature({ timestamp, sign }, rules);
  const isTokenMeant = callbackToken !== undefined && token !== undefined;
  if (check.verdict === "no-sign" && isTokenMeant) return { reason: "bad-token" };
  return failedBy(check);
}

function failedBy(check: SignatureCheck): Failed | undefined {
  if (check.verdict === "ok") return undefined;
  return check.verdict === "stale"
    ? { reason: "stale", aheadSeconds: check.aheadSeconds }
    : { reason: check.verdict };
}
