import type { InvokeRequest } from "../dapr/binding.ts";
import type { RobotMessage } from "../dingtalk/message.ts";

/** The key by which repeats are told: the message's own `msgUuid`, else that of the metadata. */
export function appKeyOf(
  { body }: RobotMessage,
  metadata: InvokeRequest["metadata"],
): string | undefined {
  const own = body.msgUuid;
  if (own !== undefined && own !== null && own !== "") return String(own);
  return metadata.msgUuid || metadata.msguuid || undefined;
}
