import { isLoopback } from "../../base/loopback.ts";
import { fields, metadataFields } from "../../binding/fields.ts";
import { parseWebhookUrl } from "../../dingtalk/robot.ts";
import { type SuspicionCode, suspicionsOf } from "../../dingtalk/robot-suspicions.ts";
import { type ComponentResource, fieldOf, receiveModeOf } from "./component-resource.ts";
import { type Finding, problem, skipped, warning } from "./finding.ts";

/** The addresses of robots that stand in plain text and are webhook addresses. */
export function plainUrls(component: ComponentResource): URL[] {
  const lines = (fieldOf(component, "url") ?? "").split(/\r?\n/);
  return lines.flatMap((line) => parseWebhookUrl(line.trim()) ?? []);
}

/** Suspicions that a gateway of one's own may explain. */
const mayBeIntended: readonly SuspicionCode[] = ["secret-unusual", "other-dingtalk-host"];

/** Checks the form of the robots' addresses, and that nothing secret stands in plain text. */
export function* checkAddresses(component: ComponentResource): Iterable<Finding> {
  const { name } = component;
  const urls = plainUrls(component);
  for (const shape of new Set(urls.flatMap((url) => shapeProblem(url) ?? []))) {
    yield problem`url: ${name}: ${shape} -> copy it from the robot's page again`;
  }
  const fields = { url: fieldOf(component, "url"), secret: fieldOf(component, "secret") };
  for (const { code, field, message, remedy } of suspicionsOf(fields)) {
    const report = mayBeIntended.includes(code) ? warning : problem;
    yield report`${field === "url" ? "url" : "field"}: ${name}: ${message} -> ${remedy}`;
  }
  yield* checkSecrecy(component, urls);
}

/** Other hosts, such as a gateway or the sandbox, may have addresses of another form. */
function shapeProblem({ hostname, pathname, searchParams, protocol }: URL): string | undefined {
  const isDingTalks = /(^|\.)dingtalk\.(com|io)$/.test(hostname);
  if (isDingTalks && protocol !== "https:") return "the url begins with http:, not https:";
  if (isDingTalks && !pathname.startsWith("/robot/send")) {
    return "the path of the url is not that of a robot, /robot/send";
  }
  if (pathname !== "/robot/send") return undefined;
  const token = searchParams.get("access_token") ?? "";
  if (token === "") return "the url has no access_token";
  return /^[*x.…<>-]+$/i.test(token) ? "the access_token of the url is a placeholder" : undefined;
}

function* checkSecrecy(component: ComponentResource, urls: readonly URL[]): Iterable<Finding> {
  const peers = [...urls, ...gatewayOf(component)];
  for (const { name: field } of metadataFields.filter(({ sensitive }) => sensitive)) {
    const isRobots = field === fields.urls.name || field === fields.secrets.name;
    const isLocal = areLocal(isRobots ? urls : peers);
    const value = fieldOf(component, field);
    const what = field === "url" ? "its shape and its host were" : "its shape was";
    if (value === undefined) {
      yield skipped`secret: ${component.name} has its ${field} by reference; ${what} not checked`;
    } else if (value !== "" && !isLocal) {
      yield problem`secret: ${component.name} has its ${field} in plain text -> move it to a secret store and use secretKeyRef`;
    }
  }
}

/** Where the client secret goes. */
function gatewayOf(component: ComponentResource): URL[] {
  if (receiveModeOf(component) !== "stream") return [];
  const { name, default: fallback } = fields.gatewayUrl;
  const address = fieldOf(component, name)?.trim() || fallback;
  return URL.canParse(address) ? [new URL(address)] : [];
}

function areLocal(peers: readonly URL[]): boolean {
  return peers.length > 0 && peers.every(({ hostname }) => isLoopback(hostname));
}
