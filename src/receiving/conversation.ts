import type { Clock } from "../base/clock.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { abortedError } from "../delivery/errors.ts";
import type { Job } from "../delivery/job.ts";
import type { DeliveryOptions } from "../delivery/options.ts";
import type { RedisOptions } from "../delivery/redis/redis-client.ts";
import { addMentions } from "../dingtalk/add-mentions.ts";
import type { Connections } from "../dingtalk/connections.ts";
import type { RobotMessage } from "../dingtalk/message.ts";
import { checkSize, partsOf } from "../dingtalk/outgoing.ts";
import { parseSessionAddress } from "../dingtalk/session-address.ts";
import { SessionChannel } from "../dingtalk/session-channel.ts";
import { SessionError } from "../dingtalk/session-errors.ts";
import { finishInSlices } from "../dingtalk/steps.ts";
import { noWatch } from "../telemetry/watch.ts";
import type { Session } from "./received-message.ts";

/** What speaking in conversations needs of the process. */
export interface ConversationDeps {
  readonly delivery: Delivery<RobotMessage>;
  readonly connections: Connections;
  readonly clock: Clock;
}

/** Something that is said in a conversation. */
export interface Utterance {
  /** The component's name. */
  readonly instance: string;
  readonly session: Pick<Session, "address" | "expiresAt">;
  readonly message: RobotMessage;
  /** The component's options, or those of a call. Their limit bounds the parts of one message only. */
  readonly options: DeliveryOptions;
  /** See `AnswerConfig.allowedSessionHosts`. */
  readonly allowedHosts: readonly string[];
  readonly redis?: RedisOptions | undefined;
  readonly appKey?: string | undefined;
  readonly traceparent?: string | undefined;
  /** When the caller gives up, by `Clock.elapsed`; infinite for never. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
}

/**
 * Says a message in the conversation that another message came from. Resolves when DingTalk has it.
 *
 * @throws {SessionError} when the address is not called
 * @throws what `Pool.deliver` throws
 */
export async function say(utterance: Utterance, deps: ConversationDeps): Promise<void> {
  const { session, instance, redis } = utterance;
  const { clock, delivery } = deps;
  if (clock.now() > session.expiresAt) throw new SessionError("session-expired");
  const url = parseSessionAddress(session.address.reveal(), utterance.allowedHosts);
  const job = await createJob(utterance, clock);
  const pool = delivery.open(instance, { channels: [new SessionChannel(url, deps)], redis });
  try {
    await pool.deliver(job);
  } finally {
    pool.close();
  }
}

/** The most parts of a message for a component that sends without a limit. */
const usualParts = 20;

async function createJob(utterance: Utterance, clock: Clock): Promise<Job<RobotMessage>> {
  const { message, appKey, traceparent, deadlineAt, signal } = utterance;
  // The limit is that of webhook robots, and a digest is of no use to somebody who asked.
  const options = { ...utterance.options, messagesPerMinute: 0, overflow: "wait" } as const;
  const { ttlMs = Number.POSITIVE_INFINITY, oversize } = options;
  // Nobody wants to read more parts than a minute has, also where nothing else counts them.
  const size = { oversize, messagesPerMinute: utterance.options.messagesPerMinute || usualParts };
  checkSize(message, size);
  return {
    json: message.json,
    parts: await finishInSlices(partsOf(message, size), { signal, abortedError }),
    appKey,
    traceparent,
    options,
    deadlineAt,
    expiresAt: clock.elapsed() + ttlMs,
    signal,
    watch: noWatch,
  };
}

/**
 * The message with a mention of the person who asked: in a group, if DingTalk told who it is, and
 * unless the message names people itself or is of a type that mentions nobody.
 */
export function mentionAsker(
  message: RobotMessage,
  { senderStaffId = "", isGroup }: Pick<Session, "senderStaffId" | "isGroup">,
): RobotMessage {
  const mentionsNobody = message.type !== undefined && message.type.mentionText === undefined;
  const hasAt = Object.hasOwn(message.body, "at");
  if (senderStaffId === "" || isGroup === false || hasAt || mentionsNobody) return message;
  return addMentions(message, { atMobiles: [], atUserIds: [senderStaffId], isAtAll: false });
}
