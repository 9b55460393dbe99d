import { RobotUnreachableError } from "./errors.ts";
import type { HttpAnswer } from "./http-exchange.ts";

/**
 * The failure of an answer that leads elsewhere. The text says what kind of place that is, never the
 * address, which may repeat the token.
 */
export function redirectError(
  { status, location }: Pick<HttpAnswer, "status" | "location">,
  url: URL,
): RobotUnreachableError {
  const target =
    location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  const message = `the robot's host answered with a redirect ${placeOf(target, url)}, HTTP ${status}`;
  const details = { message, mayHaveArrived: false, httpStatus: status };
  if (!isThrottle(status, target)) {
    return new RobotUnreachableError("redirected", { ...details, remedy: remedyOf(target, url) });
  }
  return new RobotUnreachableError("redirected", {
    ...details,
    remedy: "send less; DingTalk answers so to a robot or an address that posts too much",
    limit: "throttled",
  });
}

function placeOf(target: URL | undefined, url: URL): string {
  if (target === undefined) return "to nowhere";
  if (target.hostname !== url.hostname) return "to another host";
  if (isUpgrade(target, url)) return "from http to https";
  if (target.port !== url.port) return "to another port";
  return target.pathname === url.pathname ? "to itself" : "to another path";
}

function isUpgrade(target: URL, url: URL): boolean {
  return url.protocol === "http:" && target.protocol === "https:";
}

function remedyOf(target: URL | undefined, url: URL): string | undefined {
  return target?.hostname === url.hostname && isUpgrade(target, url)
    ? "write https: in the component's url"
    : undefined;
}

/**
 * Whether DingTalk's gateway sends a poster away that posts too much: to an error page of the house
 * or to the page of its punishment. Other redirects come from a wrong address or a gateway.
 */
function isThrottle(status: number, target: URL | undefined): boolean {
  if (status !== 302 || target === undefined) return false;
  const { hostname, pathname } = target;
  const isErrorPage = hostname.startsWith("err.") || pathname.includes("/punish");
  return isErrorPage && /(^|\.)(taobao|tmall|alibaba|aliyun|dingtalk)\.(com|io)$/.test(hostname);
}
