import { type handleUnaryCall, type ServerUnaryCall, status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { CallContext, CallOrigin } from "./binding.ts";
import type { Calls } from "./calls.ts";
import { BindingError } from "./errors.ts";
import type { Instances } from "./instances.ts";

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

/** Tells which instance a call is for. */
export function originOf(
  { metadata }: Pick<ServerUnaryCall<unknown, unknown>, "metadata">,
  { componentType }: HandlerEnvironment,
): CallOrigin {
  return { instance: String(metadata.get(instanceHeader)[0] ?? ""), componentType };
}

/**
 * Makes a gRPC handler of a function. Promises become gRPC callbacks and thrown values become
 * statuses here and nowhere else.
 */
export function unary<Request, Response>(
  environment: HandlerEnvironment,
  handler: (request: Request, context: CallContext) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(environment, call, handler).then(
      (response) => callback(null, response),
      (error: unknown) => {
        callback(toServiceError(error, environment, originOf(call, environment)));
      },
    );
  };
}

async function answer<Request, Response>(
  environment: HandlerEnvironment,
  call: ServerUnaryCall<Request, Response>,
  handler: (request: Request, context: CallContext) => Promise<Response> | Response,
): Promise<Response> {
  const leave = environment.calls.enter();
  const caller = watchCaller(call);
  try {
    return await handler(call.request, {
      ...originOf(call, environment),
      signal: caller.signal,
      timeLeftMs: Number(call.getDeadline()) - Date.now(),
    });
  } finally {
    caller.answered();
    leave();
  }
}

/**
 * The deadline of a call reaches us as a remaining time. So our deadline is later than the caller's
 * by the time that the call was on its way.
 */
const deadlineLagMs = 100;

/** Makes a signal that aborts when, before the answer, the caller goes away or its deadline passes. */
function watchCaller(call: ServerUnaryCall<unknown, unknown>): {
  signal: AbortSignal;
  answered(): void;
} {
  const controller = new AbortController();
  let isAnswered = false;
  call.on("cancelled", () => {
    // grpc-js emits this event for every call that ends, also for an answered one.
    if (isAnswered) return;
    // A passed deadline arrives as a cancellation too. The clock tells the two apart.
    const passed = Number(call.getDeadline()) - Date.now() <= deadlineLagMs;
    controller.abort(
      passed
        ? new DOMException("deadline", "TimeoutError")
        : new DOMException("gone", "AbortError"),
    );
  });
  return {
    signal: controller.signal,
    answered: () => {
      isAnswered = true;
    },
  };
}

/** Passes a known failure on with its text. Logs any other error whole and masks it for the caller. */
export function toServiceError(
  error: unknown,
  { domain, log }: HandlerEnvironment,
  { instance }: CallOrigin,
): { code: status; details: string } {
  if (error instanceof BindingError) {
    return { code: error.status, details: error.details(domain) };
  }
  log.error({ err: error, instance }, "a handler failed");
  const masked = new BindingError(status.INTERNAL, { reason: "internal" }, "internal error");
  return { code: masked.status, details: masked.details(domain) };
}
