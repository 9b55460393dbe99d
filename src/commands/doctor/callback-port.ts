import { ask } from "./ask.ts";
import { type ComponentResource, fieldOf, receiveModeOf } from "./component-resource.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Where serve takes callbacks, as the environment says it. */
export interface CallbackPlan {
  readonly callbackPort: number | undefined;
  /** Undefined for all interfaces. */
  readonly callbackHost: string | undefined;
}

const answerTimeoutMs = 2000;
const allInterfaces = ["0.0.0.0", "::"];

/**
 * Checks that a component with `receive: http` has a port for its callbacks, and asks for its path
 * as DingTalk's console does. The request brings no message.
 */
export async function checkCallbackPort(
  component: ComponentResource,
  { callbackPort: port, callbackHost: host = "0.0.0.0" }: CallbackPlan,
): Promise<Finding[]> {
  if (receiveModeOf(component) !== "http") return [];
  const { name } = component;
  if (port === undefined) {
    return [
      problem`callback-port: ${name} has receive: http, and DINGTALK_CALLBACK_PORT is not set, so daprd ends when it loads ${name} -> set it for dingtalk-webhook serve; run the doctor with the same environment`,
    ];
  }
  const id = fieldOf(component, "id")?.trim();
  if (!id) return [ok`callback-port: ${name} has the port ${port} for its callbacks`];
  const address = allInterfaces.includes(host) ? "127.0.0.1" : host;
  const authority = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  const url = `http://${authority}/callback/${encodeURIComponent(id)}`;
  const answer = await ask(url, { method: "HEAD", timeoutMs: answerTimeoutMs });
  return [judge({ name, port, status: answer?.status })];
}

function judge({ name, port, status }: { name: string; port: number; status: number | undefined }) {
  switch (status) {
    case 200:
      return ok`callback-port: the port ${port} takes callbacks for ${name}`;
    case 404:
      return warning`callback-port: the port ${port} answers and knows no component with the id of ${name} -> let daprd load ${name}; restart daprd if dingtalk-webhook was restarted`;
    case undefined:
      return warning`callback-port: nobody answers on the port ${port}, so no callback reaches ${name} -> start dingtalk-webhook serve with this environment`;
    default:
      return warning`callback-port: the program on the port ${port} answers HTTP ${status}, as dingtalk-webhook does not -> choose a free port for DINGTALK_CALLBACK_PORT`;
  }
}
