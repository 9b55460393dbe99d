import { metadataFields } from "../../binding/fields.ts";
import { parseWebhookUrl } from "../../dingtalk/robot.ts";
import type { ComponentResource } from "./component-resource.ts";
import { type Finding, problem, skipped } from "./finding.ts";

/** The addresses of robots that stand in plain text and are webhook addresses. */
export function plainUrls({ fields }: ComponentResource): URL[] {
  const value = fields.find(({ name }) => name.toLowerCase() === "url")?.value ?? "";
  return value
    .split(/\r?\n/)
    .map((line) => parseWebhookUrl(line.trim()))
    .filter((url) => url !== undefined);
}

/** Checks the form of the robots' addresses, and that nothing secret stands in plain text. */
export function checkAddresses(component: ComponentResource): Finding[] {
  const urls = plainUrls(component);
  const shapes = new Set(urls.map(shapeProblem));
  return [
    ...[...shapes].flatMap((shape) =>
      shape === undefined
        ? []
        : [problem("url", `${component.name}: ${shape}`, "copy it from the robot's page again")],
    ),
    ...checkSecrecy(component, urls),
  ];
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

const secretFields = metadataFields.filter(({ sensitive }) => sensitive).map(({ name }) => name);

function checkSecrecy({ name, fields }: ComponentResource, urls: readonly URL[]): Finding[] {
  const isLocal = urls.length > 0 && urls.every(({ hostname }) => isLoopback(hostname));
  return secretFields.flatMap((field) => {
    const given = fields.find((other) => other.name.toLowerCase() === field.toLowerCase());
    if (given === undefined || given.value === "") return [];
    if (given.value === undefined) {
      return [
        skipped("secret", `${name} has its ${field} by reference; its shape was not checked`),
      ];
    }
    if (isLocal) return [];
    const message = `${name} has its ${field} in plain text`;
    return [problem("secret", message, "move it to a secret store and use secretKeyRef")];
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
