import { isIPv6 } from "node:net";
import type { Config } from "../../sidecar/environment.ts";
import { ask } from "./ask.ts";
import { type ComponentResource, fieldOf, receiveModeOf } from "./component-resource.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const allInterfaces = ["0.0.0.0", "::"];

/**
 * Checks that a component with `receive: http` has a port for its callbacks, and asks for its path
 * as DingTalk's console does. The request brings no message.
 */
export async function* checkCallbackPort(
  component: ComponentResource,
  { callbackPort: port, callbackHost: host = "0.0.0.0" }: Config,
): AsyncIterable<Finding> {
  if (receiveModeOf(component) !== "http") return;
  const { name } = component;
  if (port === undefined) {
    return yield problem`callback-port: ${name} has receive: http, and DINGTALK_CALLBACK_PORT is not set, so daprd ends when it loads ${name} -> set it for dingtalk-webhook serve; run the doctor with the same environment`;
  }
  const id = fieldOf(component, "id")?.trim();
  if (!id) return yield ok`callback-port: ${name} has the port ${port} for its callbacks`;
  const address = allInterfaces.includes(host) ? "127.0.0.1" : host;
  const origin = `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
  const answer = await ask(`${origin}/callback/${encodeURIComponent(id)}`, { method: "HEAD" });
  switch (answer?.status) {
    case 200:
      return yield ok`callback-port: the port ${port} takes callbacks for ${name}`;
    case 404:
      return yield warning`callback-port: the port ${port} answers and knows no component with the id of ${name} -> let daprd load ${name}; restart daprd if dingtalk-webhook was restarted`;
    case undefined:
      return yield warning`callback-port: nobody answers on the port ${port}, so no callback reaches ${name} -> start dingtalk-webhook serve with this environment`;
    default:
      yield warning`callback-port: the program on the port ${port} answers HTTP ${answer?.status}, as dingtalk-webhook does not -> choose a free port for DINGTALK_CALLBACK_PORT`;
  }
}
