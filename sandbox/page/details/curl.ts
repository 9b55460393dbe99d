import type { Entry, RobotState } from "../../api/types.ts";

/** Headers that curl sets by itself or that belong to one connection only. */
const leftToCurl = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "sec-fetch-mode",
  "transfer-encoding",
  "user-agent",
]);

/** The command that repeats an entry's request or callback; undefined if the entry has neither. */
export function curlOf(
  { id, token, request, callback, body }: Entry,
  origin: string,
): string | undefined {
  if (request !== null) {
    const query = request.query.map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    );
    const path = request.path.split("?")[0] ?? "";
    const url = `${origin}${path}${query.length > 0 ? `?${query.join("&")}` : ""}`;
    return curl({ method: request.method, url, headers: request.headers, body });
  }
  if (callback === null) return undefined;
  if (callback.mode === "stream") return pushAgainCurl({ id, token }, origin);
  return curl({ method: "POST", ...callback });
}

/** No command speaks the stream: the sandbox is asked to push the message once more. */
function pushAgainCurl({ id, token }: Pick<Entry, "id" | "token">, origin: string): string {
  const url = `${origin}/api/robots/${encodeURIComponent(token)}/human`;
  const headers = { "Content-Type": "application/json" };
  return curl({ method: "POST", url, headers, body: JSON.stringify({ again: id }) });
}

interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function curl({ method, url, headers, body }: Call): string {
  const headerLines = Object.entries(headers)
    .filter(([name]) => !leftToCurl.has(name.toLowerCase()))
    .map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  const isPost = method === "POST" && body !== "";
  const parts = [
    `curl ${isPost ? "" : `-X ${quote(method)} `}${quote(url)}`,
    ...headerLines,
    ...(body === "" ? [] : [`--data-raw ${quote(body)}`]),
  ];
  return parts.join(" \\\n  ");
}

/** The command that sends a first message to a robot, with a keyword and a signature if needed. */
export function firstMessageCurl(
  { token, rules }: RobotState,
  origin: string,
  hello: string,
): string {
  const content = [rules.keywords[0], hello].filter((word) => word !== undefined).join(" ");
  const url = `${origin}/robot/send?access_token=${encodeURIComponent(token)}`;
  const body = JSON.stringify({ msgtype: "text", text: { content } });
  const rest = `-H 'Content-Type: application/json' \\\n  -d ${quote(body)}`;
  if (rules.secret === null) return `curl ${quote(url)} \\\n  ${rest}`;
  return `secret=SEC…
timestamp=$(date +%s000)
sign=$(printf '%s\\n%s' "$timestamp" "$secret" | openssl dgst -sha256 -hmac "$secret" -binary |
  base64 | sed 's/+/%2B/g; s/=/%3D/g; s,/,%2F,g')
curl "${url}&timestamp=$timestamp&sign=$sign" \\
  ${rest}`;
}

/** Quotes a text for a POSIX shell: in single quotes, only the quote itself is special. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
