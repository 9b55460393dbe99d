import { type handleUnaryCall, type ServerUnaryCall, status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import { Cancellation, type CancelSignal } from "../base/cancellation.ts";
import type { CallContext } from "./binding.ts";
import type { Calls } from "./calls.ts";
import { BindingError } from "./errors.ts";

/** What every handler of one socket shares. */
export interface HandlerEnvironment {
  /** First word of every error text. */
  readonly domain: string;
  readonly componentType: string;
  readonly calls: Calls;
  readonly log: Logger;
}

/** Header in which daprd sends the component's name. */
const instanceHeader = "x-component-instance";

export function instanceOf({
  metadata,
}: Pick<ServerUnaryCall<unknown, unknown>, "metadata">): string {
  return String(metadata.get(instanceHeader)[0] ?? "");
}

/** The one place where promises become gRPC callbacks and thrown values become statuses. */
export function unary<Request, Response>(
  environment: HandlerEnvironment,
  handler: (request: Request, context: CallContext) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(environment, call, handler).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toServiceError(error, environment, instanceOf(call))),
    );
  };
}

async function answer<Request, Response>(
  { calls, componentType }: HandlerEnvironment,
  call: ServerUnaryCall<Request, Response>,
  handler: (request: Request, context: CallContext) => Promise<Response> | Response,
): Promise<Response> {
  const leave = calls.enter();
  const caller = watchCaller(call);
  try {
    const timeLeftMs = Number(call.getDeadline()) - Date.now();
    const context = {
      instance: instanceOf(call),
      componentType,
      signal: caller.signal,
      timeLeftMs,
    };
    return await handler(call.request, context);
  } finally {
    caller.answered();
    leave();
  }
}

/** A deadline reaches us as a time-out from now on, so ours is later than the caller's by the way. */
const deadlineLagMs = 100;

/** A signal that aborts when the caller goes away or its deadline passes before the answer. */
function watchCaller(call: ServerUnaryCall<unknown, unknown>): {
  signal: CancelSignal;
  answered(): void;
} {
  const signal = new Cancellation();
  let isAnswered = false;
  call.on("cancelled", () => {
    // grpc-js tells of every call that ends, also of one that was answered.
    if (isAnswered) return;
    // A deadline arrives as a cancellation too; the clock tells which of the two it was.
    const passed = Number(call.getDeadline()) - Date.now() <= deadlineLagMs;
    signal.abort(
      passed
        ? new DOMException("deadline", "TimeoutError")
        : new DOMException("gone", "AbortError"),
    );
  });
  return {
    signal,
    answered: () => {
      isAnswered = true;
    },
  };
}

/** Known failures pass with their text; the rest is masked for the caller and logged whole. */
export function toServiceError(
  error: unknown,
  { domain, log }: Pick<HandlerEnvironment, "domain" | "log">,
  instance: string,
): { code: status; details: string } {
  if (error instanceof BindingError) {
    return { code: error.status, details: error.details(domain) };
  }
  log.error({ err: error, instance }, "a handler failed");
  const masked = new BindingError(status.INTERNAL, { reason: "internal" }, "internal error");
  return { code: masked.status, details: masked.details(domain) };
}
