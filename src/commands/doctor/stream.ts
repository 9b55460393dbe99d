import { systemClock } from "../../base/clock.ts";
import { parseMetadata } from "../../binding/component-config.ts";
import { fields } from "../../binding/fields.ts";
import { BindingError } from "../../dapr/errors.ts";
import { Connections } from "../../dingtalk/connections.ts";
import { robotTopic } from "../../dingtalk/stream/frames.ts";
import type { StreamSettings } from "../../dingtalk/stream/open.ts";
import { probeStream } from "../../dingtalk/stream/probe.ts";
import { streamUa } from "../../receiving/shared-stream.ts";
import { type ComponentResource, receiveModeOf } from "./component-resource.ts";
import { type Finding, ok, problem, skipped } from "./finding.ts";
import { resolveField } from "./references.ts";

const streamFields = [fields.receive, fields.clientId, fields.clientSecret, fields.gatewayUrl];
const networkCure =
  "check DNS, firewall, HTTPS_PROXY, NO_PROXY and, for a CA of your own, NODE_EXTRA_CA_CERTS";

/**
 * Opens the connection of a component with `receive: stream` and closes it at once.
 *
 * @param components every component of the YAML, among which secret stores are looked for
 */
export async function* checkStream(
  component: ComponentResource,
  components: readonly ComponentResource[],
): AsyncIterable<Finding> {
  if (receiveModeOf(component) !== "stream") return;
  const { name } = component;
  const properties: Record<string, string> = {};
  for (const { name: field } of streamFields) {
    const value = await resolveField(component, field, components);
    if (value === undefined) {
      return yield skipped`stream: ${name} has its ${field} by reference, which was not read, so its connection was not tried -> try it with dingtalk-webhook record`;
    }
    if (value !== "") properties[field] = value;
  }
  const settings = readSettings(properties);
  // Another check says which field is wrong.
  if (settings === undefined) {
    return yield skipped`stream: ${name} has a wrong field, so its connection was not tried`;
  }
  yield await tryStream(name, settings);
}

function readSettings(properties: Readonly<Record<string, string>>): StreamSettings | undefined {
  try {
    const { gatewayUrl, clientId, clientSecret } = parseMetadata({
      [fields.id.name]: fields.id.example,
      ...properties,
    }).receiving;
    if (clientId === undefined || clientSecret === undefined) return undefined;
    const subscriptions = [{ type: "CALLBACK", topic: robotTopic }] as const;
    return { gatewayUrl, clientId, clientSecret, ua: streamUa, subscriptions };
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    return undefined;
  }
}

async function tryStream(name: string, settings: StreamSettings): Promise<Finding> {
  const deps = { clock: systemClock, connections: new Connections() };
  const failure = await probeStream(settings, deps);
  if (failure === undefined) {
    return ok`stream: ${name} opened a connection through ${settings.gatewayUrl.host} and closed it`;
  }
  // Error texts have the form: what is wrong; what to do.
  const [message, ...remedies] = failure.message.split("; ");
  return problem`stream: ${name} gets no connection: ${message} -> ${remedies.join("; ") || networkCure}`;
}
