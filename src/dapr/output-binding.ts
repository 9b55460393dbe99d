import { status } from "@grpc/grpc-js";
import { BindingError } from "./errors.ts";
import type { InvokeRequest__Output } from "./gen/dapr/proto/components/v1/InvokeRequest.ts";
import type { InvokeResponse } from "./gen/dapr/proto/components/v1/InvokeResponse.ts";
import type { OutputBindingHandlers } from "./gen/dapr/proto/components/v1/OutputBinding.ts";
import { type HandlerEnvironment, type PeerContext, unary } from "./unary.ts";

/** daprd's gRPC client takes messages of 4 MiB, of which 1 KiB is left for the rest of the answer. */
const maxAnswerBytes = 4 * 1024 * 1024 - 1024;

/** The handlers of the direction in which the app's calls go out. */
export function outputBinding(
  environment: HandlerEnvironment,
  maxDataBytes: number,
): OutputBindingHandlers {
  const { instances } = environment;
  const invoke = async (
    request: InvokeRequest__Output,
    context: PeerContext,
  ): Promise<InvokeResponse> => {
    const { binding } = instances.get(context, "output");
    if (request.data.length > maxDataBytes) throw tooLarge(request.data.length, maxDataBytes);
    const { data, metadata } = await binding.invoke(request, context);
    if (data.length > maxAnswerBytes) throw answerTooLarge(data.length);
    return { data, metadata: { ...metadata }, content_type: "application/json" };
  };
  return {
    Init: unary(environment, async ({ metadata }, context) => {
      const properties = metadata?.properties ?? {};
      await instances.init({ direction: "output", properties }, context);
      return {};
    }),
    Invoke: unary(environment, invoke, ({ data }) => data.length),
    ListOperations: unary(environment, (_request, context) => ({
      operations: [...instances.get(context, "output").binding.operations],
    })),
    Ping: unary(environment, () => ({})),
  };
}

function tooLarge(bytes: number, most: number): BindingError {
  return new BindingError(
    status.RESOURCE_EXHAUSTED,
    { reason: "message-too-large" },
    `Received message larger than max (${bytes} vs. ${most}); send less or raise DINGTALK_MAX_MESSAGE_BYTES`,
  );
}

function answerTooLarge(bytes: number): BindingError {
  return new BindingError(
    status.RESOURCE_EXHAUSTED,
    { reason: "answer-too-large" },
    `the app answered with ${bytes} bytes, daprd takes at most ${maxAnswerBytes}; let the app answer less`,
  );
}
