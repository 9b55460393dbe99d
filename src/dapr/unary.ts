import {
  type handleUnaryCall,
  type ServerUnaryCall,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { CallContext, CallOrigin } from "./binding.ts";
import type { CallInFlight, Calls } from "./calls.ts";
import { BindingError, cutOff, graceIsOver } from "./errors.ts";
import type { Instances } from "./instances.ts";
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

type Handler<Request, Response> = (
  request: Request,
  context: PeerContext,
) => Promise<Response> | Response;

/**
 * Makes a gRPC handler of a function. Promises become gRPC callbacks and thrown values become
 * statuses here and nowhere else.
 *
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
    run(environment, inFlight, () => handler(call.request, context)).then(
      (response) => answer(null, response),
      fail,
    );
  };
}

async function run<Response>(
  { calls }: HandlerEnvironment,
  inFlight: CallInFlight,
  work: () => Promise<Response> | Response,
): Promise<Response> {
  calls.enter(inFlight);
  return await work();
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
