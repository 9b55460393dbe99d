import { type Clock, withinTime } from "../../base/clock.ts";
import { errorCodeOf } from "../../base/error-code.ts";
import { isObject, type JsonObject, parseJson, textIn } from "../../base/json.ts";
import { isLoopback } from "../../base/loopback.ts";
import { Secret } from "../../base/secret.ts";
import { cleanErrmsg } from "../clean-errmsg.ts";
import { RobotUnreachableError } from "../errors.ts";
import { ProxyError } from "../tunnel.ts";
import { type PostAnswer, post } from "./post.ts";
import { StreamError } from "./stream-error.ts";

/** One kind of frames that a connection is to get. */
export interface Subscription {
  readonly type: "CALLBACK" | "EVENT";
  readonly topic: string;
}

/** What DingTalk must know to open a connection. */
export interface StreamSettings {
  /** The API's address, such as `https://api.dingtalk.com`. */
  readonly gatewayUrl: URL;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** The program's name and version, such as `name/1.0`. */
  readonly ua: string;
  readonly subscriptions: readonly Subscription[];
}

/** What a request to open needs. */
export interface OpenDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The proxy on the way to an address. */
  readonly proxyOf: (target: URL) => URL | undefined;
}

/** How long DingTalk may take to answer. */
const openTimeoutMs = 10_000;

/**
 * Asks DingTalk for a place to connect to.
 *
 * @returns the address with a ticket, which is good for one connection within 90 s
 * @throws {StreamError} with the reason `credentials` or `open-failed`
 * @see https://github.com/open-dingtalk/developerpedia/blob/main/docs/learn/stream/protocol.md
 */
export async function openStream(settings: StreamSettings, deps: OpenDeps): Promise<Secret> {
  const answer = await postOpen(settings, deps);
  if (answer.status !== 400 || !namesUa(answer.body)) return readAnswer(answer, settings);
  return readAnswer(await postOpen({ ...settings, ua: "" }, deps), settings);
}

function postOpen(
  { gatewayUrl, clientId, clientSecret, ua, subscriptions }: StreamSettings,
  { proxyOf, clock, signal }: OpenDeps,
): Promise<PostAnswer> {
  const url = new URL(gatewayUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1.0/gateway/connections/open`;
  // Without `accept`, DingTalk answers in XML.
  const headers = { "content-type": "application/json", accept: "application/json" };
  const content = {
    clientId,
    clientSecret: clientSecret.reveal(),
    subscriptions,
    ...(ua && { ua }),
  };
  const body = Buffer.from(JSON.stringify(content));
  return withinTime({ clock, timeoutMs: openTimeoutMs, signal }, (limited) =>
    post({ url, headers, body, proxy: proxyOf(url), signal: limited }),
  ).catch((error) => {
    throw new StreamError("open-failed", explainUnreachable(error), error);
  });
}

function explainUnreachable(error: unknown): string {
  if (error instanceof RobotUnreachableError) {
    const proxyError = proxyErrorIn(error);
    if (proxyError !== undefined) return proxyError.message;
    const code = errorCodeOf(error, "");
    const suffix = /^E[A-Z]+$|_/.test(code) && code !== error.code ? ` ${code}` : "";
    return `DingTalk's gateway gave no answer: ${error.reason}${suffix}`;
  }
  return `DingTalk's gateway gave no answer: ${errorCodeOf(error)}`;
}

function proxyErrorIn(error: Error): ProxyError | undefined {
  if (error instanceof ProxyError) return error;
  return error.cause instanceof Error ? proxyErrorIn(error.cause) : undefined;
}

/** A refusal of `ua`, such as "ua invalid". */
function namesUa(body: string): boolean {
  const answer = parseJson(body);
  return isObject(answer) && /\bua\b/i.test(`${answer.code} ${answer.message}`);
}

function readAnswer({ status, body }: PostAnswer, settings: StreamSettings): Secret {
  const answer = parseJson(body);
  if (!isObject(answer)) throw notJson(status, body);
  if (status !== 200) throw refusal(status, answer, settings);
  return addressIn(answer, settings.gatewayUrl);
}

function notJson(status: number, body: string): StreamError {
  const isPage = /^\s*<(!doctype html|html|head|body)/i.test(body);
  const problem = isPage
    ? `something between here and DingTalk answered: HTTP ${status} with a web page`
    : `DingTalk's gateway answered HTTP ${status} without JSON`;
  return new StreamError("open-failed", problem);
}

function refusal(status: number, answer: JsonObject, settings: StreamSettings): StreamError {
  const { gatewayUrl: url, clientSecret } = settings;
  const confidential = { url, secret: clientSecret.reveal(), body: Buffer.from("{}") };
  const [code, message] = [textIn(answer, "code"), textIn(answer, "message")].map((text) =>
    cleanErrmsg(text, confidential),
  );
  const said = [`HTTP ${status}`, code, message].filter((text) => text).join(" ");
  if (isPassing(status, textIn(answer, "code"))) {
    return new StreamError("open-failed", `DingTalk's gateway refused: ${said}`);
  }
  const remedy = "check clientId and clientSecret; is the app published, its robot in Stream mode?";
  return new StreamError("credentials", `DingTalk refused the app: ${said}; ${remedy}`);
}

/** Whether a refusal may be over soon. Other client errors come again until the settings change. */
function isPassing(status: number, code: string): boolean {
  if (status === 408 || status === 429 || /qpslimit/i.test(code)) return true;
  return status < 400 || status >= 500 || code === "";
}

function addressIn(answer: JsonObject, gatewayUrl: URL): Secret {
  const ticket = textIn(answer, "ticket");
  const endpoint = textIn(answer, "endpoint");
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || ticket === "") {
    throw new StreamError("open-failed", "DingTalk's gateway named no endpoint or no ticket");
  }
  const isLocal = isLoopback(gatewayUrl.hostname) && isLoopback(url.hostname);
  if (url.protocol !== "wss:" && !(url.protocol === "ws:" && isLocal)) {
    throw new StreamError("open-failed", "DingTalk's gateway named an endpoint that is not wss:");
  }
  url.hash = "";
  const separator = url.href.includes("?") ? "&" : "?";
  return new Secret(`${url.href}${separator}ticket=${encodeURIComponent(ticket)}`);
}
