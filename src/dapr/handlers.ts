import {
  type handleUnaryCall,
  type ServerInterceptingCallInterface,
  type ServerUnaryCall,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { CallContext, CallOrigin } from "./binding.ts";
import type { Calls } from "./calls.ts";
import { BindingError, cutOff, graceIsOver, tooManyBytes } from "./errors.ts";
import type { InvokeRequest__Output } from "./gen/dapr/proto/components/v1/InvokeRequest.ts";
import type { InvokeResponse } from "./gen/dapr/proto/components/v1/InvokeResponse.ts";
import type { OutputBindingHandlers } from "./gen/dapr/proto/components/v1/OutputBinding.ts";
import type { Instances } from "./instances.ts";
import type { Intake } from "./intake.ts";
import type { PeerOrigin } from "./peers.ts";

/** What all handlers of one socket share. */
export interface HandlerEnvironment {
  /** Names the socket, such as `bindings.dingtalk.webhook`. */
  readonly componentType: string;
  /** First word of every error text. */
  readonly domain: string;
  /** The instances of the component that the socket belongs to. */
  readonly instances: Instances;
  /** The calls in flight of the whole process. */
  readonly calls: Calls;
  readonly log: Logger;
}

/** Header in which daprd sends the component's name. */
const instanceHeader = "x-component-instance";

/** Tells which instance a call is for, and which connection it came through. */
export function originOf(
  call: Pick<ServerUnaryCall<unknown, unknown>, "metadata" | "getPeer">,
  { componentType }: HandlerEnvironment,
): PeerOrigin {
  const instance = String(call.metadata.get(instanceHeader)[0] ?? "");
  return { instance, componentType, connection: call.getPeer() };
}

/** What is known of a call beside its request, and who calls. */
export type PeerContext = CallContext & PeerOrigin;

type Handler<Request, Response> = (request: Request, context: PeerContext) => Promise<Response>;

/**
 * Makes a gRPC handler of a function. Promises become gRPC callbacks and thrown values become
 * statuses here and nowhere else.
 *
 * @param handler an async function, which never throws
 * @param bytesOf length of the data of a request
 */
export function unary<Request, Response>(
  environment: HandlerEnvironment,
  handler: Handler<Request, Response>,
  bytesOf = (_request: Request): number => 0,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const caller = new AbortController();
    const context = {
      ...originOf(call, environment),
      signal: caller.signal,
      timeLeftMs: Number(call.getDeadline()) - Date.now(),
    };
    let isAnswered = false;
    const answer = (error: Partial<StatusObject> | null, response?: Response): void => {
      if (isAnswered) return;
      isAnswered = true;
      environment.calls.leave(inFlight);
      callback(error, response);
    };
    const fail = (error: unknown): void => answer(toServiceError(error, environment, context));
    const inFlight = {
      bytes: bytesOf(call.request),
      abort: () => caller.abort(graceIsOver),
      abandon: () => fail(cutOff()),
    };
    call.on("cancelled", () => {
      // grpc-js emits this event for every call that ends, also for an answered one.
      if (!isAnswered) caller.abort(whyCancelled(call));
    });
    try {
      environment.calls.enter(inFlight);
    } catch (error) {
      fail(error);
      return;
    }
    handler(call.request, context).then((response) => answer(null, response), fail);
  };
}

/**
 * The deadline of a call reaches us as a remaining time. So our deadline is later than the caller's
 * by the time that the call was on its way.
 */
const deadlineLagMs = 100;

/** A passed deadline arrives as a cancellation too. The clock tells the two apart. */
function whyCancelled(call: ServerUnaryCall<unknown, unknown>): DOMException {
  const passed = Number(call.getDeadline()) - Date.now() <= deadlineLagMs;
  return passed
    ? new DOMException("deadline", "TimeoutError")
    : new DOMException("gone", "AbortError");
}

/** Passes a known failure on with its text. Logs any other error whole and masks it for the caller. */
export function toServiceError(
  error: unknown,
  { domain, log }: HandlerEnvironment,
  { instance }: Pick<CallOrigin, "instance">,
): { code: status; details: string } {
  if (error instanceof BindingError) {
    return { code: error.status, details: error.details(domain) };
  }
  log.error({ err: error, instance }, "a handler failed");
  const masked = new BindingError(status.INTERNAL, { reason: "internal" }, "internal error");
  return { code: masked.status, details: masked.details(domain) };
}

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
    ListOperations: unary(environment, async (_request, context) => ({
      operations: [...instances.get(context, "output").binding.operations],
    })),
    Ping: unary(environment, async () => ({})),
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

/** Ends the call if too much is half received before its message is there. */
export function takeIn(
  call: ServerInterceptingCallInterface,
  intake: Intake,
  domain: string,
): void {
  const start = call.start.bind(call);
  call.start = (listener) => {
    const leave = intake.enter(() => {
      const error = tooManyBytes();
      call.sendStatus({ code: error.status, details: error.details(domain) });
    });
    start({
      onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
      onReceiveMessage: (message) => {
        leave();
        listener.onReceiveMessage(message);
      },
      onReceiveHalfClose: () => listener.onReceiveHalfClose(),
      onCancel: () => {
        leave();
        listener.onCancel();
      },
    });
  };
}
