import { metadataFields } from "../../binding/fields.ts";
import { parseWebhookUrl } from "../../dingtalk/robot.ts";
import { type SuspicionCode, suspicionsOf } from "../../dingtalk/robot-suspicions.ts";
import type { ComponentResource } from "./component-resource.ts";
import { type Finding, problem, skipped, warning } from "./finding.ts";

/** The addresses of robots that stand in plain text and are webhook addresses. */
export function plainUrls(component: ComponentResource): URL[] {
  const text = textOf(component, "url") ?? "";
  return text
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
        : [problem`url: ${component.name}: ${shape} -> copy it from the robot's page again`],
    ),
    ...checkMistakes(component),
    ...checkSecrecy(component, urls),
  ];
}

/** Suspicions that a gateway of one's own may explain. */
const mayBeIntended: readonly SuspicionCode[] = ["secret-unusual", "other-dingtalk-host"];

function checkMistakes(component: ComponentResource): Finding[] {
  const fields = { url: textOf(component, "url"), secret: textOf(component, "secret") };
  return suspicionsOf(fields).map(({ code, field, message, remedy }) => {
    const report = mayBeIntended.includes(code) ? warning : problem;
    return report`${field === "url" ? "url" : "field"}: ${component.name}: ${message} -> ${remedy}`;
  });
}

/** Empty for an absent field, undefined if only daprd sees the text. */
function textOf({ fields }: ComponentResource, name: string): string | undefined {
  const field = fields.find((other) => other.name.toLowerCase() === name);
  return field === undefined ? "" : field.value;
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
      const what = field === "url" ? "its shape and its host were" : "its shape was";
      return [skipped`secret: ${name} has its ${field} by reference; ${what} not checked`];
    }
    if (isLocal) return [];
    return [
      problem`secret: ${name} has its ${field} in plain text -> move it to a secret store and use secretKeyRef`,
    ];
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
