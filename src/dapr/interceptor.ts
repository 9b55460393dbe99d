import {
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import { takeIn } from "./handlers.ts";
import type { Intake } from "./intake.ts";

/** Why grpc-js ended a Read stream. */
export interface ReadFailure {
  /** As `getPeer` of the call names it. */
  readonly connection: string;
  readonly details: string;
}

const readPath = "/dapr.proto.components.v1.InputBinding/Read";
const invokePath = "/dapr.proto.components.v1.OutputBinding/Invoke";

/** What an interceptor of one server needs. */
export interface InterceptorDeps {
  readonly intake: Intake;
  /** First word of every error text. */
  readonly domain: string;
  /** Hears that grpc-js itself failed a Read stream, for a message that it could not take. */
  onReadFailure(failure: ReadFailure): void;
}

/**
 * Does what a handler of grpc-js cannot: the handler of a call is called when its message is there,
 * and that of a stream never hears why the stream ended.
 */
export function createInterceptor({
  intake,
  domain,
  onReadFailure,
}: InterceptorDeps): ServerInterceptor {
  return ({ path }, call) => {
    if (path === invokePath) takeIn(call, intake, domain);
    else if (path === readPath) watchRead(call, onReadFailure);
    // grpc-js takes the call as it is. Its type asks for a wrapper, which every message would pay for.
    return call as ServerInterceptingCall;
  };
}

/** grpc-js tells a handler only that its stream was cancelled, as daprd does it too. */
function watchRead(
  call: ServerInterceptingCallInterface,
  onFailure: (failure: ReadFailure) => void,
): void {
  const sendStatus = call.sendStatus.bind(call);
  call.sendStatus = (sent) => {
    const { code, details = "" } = sent;
    const isOurs = code === status.RESOURCE_EXHAUSTED || code === status.INTERNAL;
    // A write fails where daprd is gone.
    if (isOurs && !details.startsWith("Error writing message")) {
      onFailure({ connection: call.getPeer(), details });
    }
    sendStatus(sent);
  };
}
