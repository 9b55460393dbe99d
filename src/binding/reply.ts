import { Secret } from "../base/secret.ts";
import type { CallContext, InvokeRequest, InvokeResponse } from "../dapr/binding.ts";
import { addMentions } from "../dingtalk/add-mentions.ts";
import { parseMessage } from "../dingtalk/message.ts";
import { parseMentions } from "../dingtalk/parse-mentions.ts";
import { SessionError } from "../dingtalk/session-errors.ts";
import { answerOutcomeOf } from "../receiving/answerer.ts";
import { type ConversationDeps, mentionAsker, say } from "../receiving/conversation.ts";
import type { Session } from "../receiving/received-message.ts";
import type { ReceiveTelemetry } from "../telemetry/receive-telemetry.ts";
import { appKeyOf, withTextKey } from "./app-key.ts";
import { type ComponentConfig, overrideDelivery, replyAtOf, wordOf } from "./component-config.ts";
import { sent } from "./create.ts";
import { noMessageNamed } from "./failures.ts";

/** What `reply` needs beside its request. */
export interface ReplyDeps extends ConversationDeps {
  /** The component's name. */
  readonly instance: string;
  readonly config: ComponentConfig;
  /** Finds the conversation of a message that the component received. See `Sessions.find`. */
  readonly findSession: (msgId: string) => Promise<Session | "expired" | undefined>;
  readonly receiveTelemetry: ReceiveTelemetry;
}

/**
 * The operation `reply`: says a message in the conversation that another message came from.
 *
 * @throws {InvalidMessageError} for data that is not a message which can be sent
 * @throws {BindingError} for metadata that cannot be read
 * @throws {SessionError} for a conversation that cannot be spoken in
 * @throws what `Pool.deliver` throws
 */
export async function reply(
  request: InvokeRequest,
  context: CallContext,
  deps: ReplyDeps,
): Promise<InvokeResponse> {
  const { instance, receiveTelemetry } = deps;
  try {
    await sayReply(request, context, deps);
    receiveTelemetry.answer(instance, "sent");
    return sent;
  } catch (error) {
    receiveTelemetry.answer(instance, answerOutcomeOf(error));
    throw error;
  }
}

async function sayReply(
  { data, metadata }: InvokeRequest,
  { signal, timeLeftMs }: CallContext,
  deps: ReplyDeps,
): Promise<void> {
  const { config, instance, clock } = deps;
  const { replyAt, allowedSessionHosts: allowedHosts } = config.answering;
  const deadlineAt = clock.elapsed() + timeLeftMs;
  const given = addMentions(withTextKey(parseMessage(data)), parseMentions(metadata));
  const options = overrideDelivery(config.delivery, metadata);
  const isMentioned = replyAtOf(metadata) ?? replyAt;
  const session = await sessionOf(metadata, deps);
  const message = isMentioned ? mentionAsker(given, session) : given;
  const { traceparent } = metadata;
  const call = { appKey: appKeyOf(message, metadata), traceparent, deadlineAt, signal };
  await say(
    { instance, session, message, options, allowedHosts, redis: config.redis, ...call },
    deps,
  );
}

/** The conversation that the metadata names: by its address, or by a message that came from it. */
async function sessionOf(
  metadata: InvokeRequest["metadata"],
  { findSession }: ReplyDeps,
): Promise<Session> {
  const msgId = wordOf(metadata, "msgId");
  const address = wordOf(metadata, "sessionWebhook");
  if (msgId === undefined && address === undefined) throw noMessageNamed();
  const known = msgId === undefined ? undefined : await findSession(msgId);
  if (address !== undefined) {
    const given = { address: new Secret(address), expiresAt: Number.POSITIVE_INFINITY };
    const asker = known === "expired" ? undefined : known;
    return { senderStaffId: undefined, isGroup: undefined, ...asker, ...given };
  }
  if (known === undefined) throw new SessionError("message-unknown");
  if (known === "expired") throw new SessionError("session-expired");
  return known;
}
