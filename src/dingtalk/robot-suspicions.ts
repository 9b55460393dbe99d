/** Stable word for a mistake that a robot's address or secret shows. */
export type SuspicionCode =
  | "several-urls"
  | "not-dingtalk"
  | "other-dingtalk-host"
  | "old-signature"
  | "secret-in-url"
  | "swapped"
  | "secret-quoted"
  | "secret-unusual";

/** Something in a robot's address or secret that works with no robot, or hardly ever. */
export interface RobotSuspicion {
  readonly code: SuspicionCode;
  /** The metadata field that holds the mistake. */
  readonly field: "url" | "secret";
  /** What is there: one clause, lower case, no full stop. It shows no part of a value. */
  readonly message: string;
  /** What to do: one clause, lower case, no full stop. */
  readonly remedy: string;
}

/** The texts of the metadata fields, one line for each robot. Undefined if a text is not known. */
export interface RobotFields {
  readonly url: string | undefined;
  /** Empty if the component has no secret. */
  readonly secret: string | undefined;
}

/** One robot. Its address is undefined if the line is none, and its secret if it is not known. */
interface Line {
  readonly urlText: string;
  readonly url: URL | undefined;
  readonly secret: string | undefined;
}

interface Check extends RobotSuspicion {
  readonly applies: (line: Line) => boolean;
}

const copySecret = "set secret to the SEC… string on the robot's security page";
const copyUrl = "copy the webhook address from the robot's page in DingTalk";

/** Domains of the services that take messages by webhook, too. */
const otherServices = [
  ...["feishu.cn", "feishu.net", "larksuite.com", "larkoffice.com", "larkapp.com"],
  ...["qq.com", "wechat.com", "welink.huaweicloud.com", "kookapp.cn", "pushplus.plus", "ftqq.com"],
  ...["slack.com", "slack-gov.com", "discord.com", "discordapp.com", "telegram.org", "webex.com"],
  ...["office.com", "office365.com", "office.de", "logic.azure.com", "powerplatform.com"],
  ...["googleapis.com", "zoom.us", "zoho.com", "line.me", "ntfy.sh", "pushover.net"],
  ...["pagerduty.com", "opsgenie.com", "matrix.org", "yzj.com", "yunzhijia.com"],
];

function isOtherService(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  return otherServices.some((domain) => name === domain || name.endsWith(`.${domain}`));
}

const checks: readonly Check[] = [
  {
    code: "several-urls",
    field: "url",
    message: "one line of the url holds several addresses",
    remedy: "write one address a line, as a YAML block (url: value: |)",
    applies: ({ urlText }) => /(?:[,;|\s，；、。]|access_token=[^&]*)https?:\/\//i.test(urlText),
  },
  {
    code: "not-dingtalk",
    field: "url",
    message: "the url is an address of another service, such as Feishu, WeCom or Slack",
    remedy: copyUrl,
    applies: ({ url }) => isOtherService(url?.hostname ?? ""),
  },
  {
    code: "other-dingtalk-host",
    field: "url",
    message: "the host of the url is DingTalk's, but not the host of robots",
    remedy: `${copyUrl}; it begins with https://oapi.dingtalk.com/robot/send`,
    applies: ({ url }) =>
      /(^|\.)dingtalk\.(com|io)$/.test(url?.hostname ?? "") && !/^oapi\./.test(url?.hostname ?? ""),
  },
  {
    code: "swapped",
    field: "secret",
    message: "the access_token of the url is a signing secret",
    remedy: `${copyUrl}, and ${copySecret}`,
    applies: ({ url }) => isSecret(url?.searchParams.get("access_token")),
  },
  {
    code: "secret-in-url",
    field: "url",
    message: "the sign in the url is a signing secret",
    remedy: "take timestamp and sign out of the url and put the SEC… string into secret",
    applies: ({ url }) => isSecret(url?.searchParams.get("sign")),
  },
  {
    code: "old-signature",
    field: "url",
    message: "the url carries an old timestamp and sign, and there is no secret",
    remedy: "take timestamp and sign out of the url and set secret",
    applies: ({ url, secret }) => secret === "" && url !== undefined && carriesSignature(url),
  },
  {
    code: "secret-quoted",
    field: "secret",
    message: "the secret begins or ends with a quotation mark",
    remedy: "take the quotation marks out of the value",
    applies: ({ secret = "" }) => /^["'“‘`]|["'”’`]$/.test(secret),
  },
  {
    code: "secret-unusual",
    field: "secret",
    message: "the secret is not SEC with letters and digits behind it",
    remedy: copySecret,
    applies: ({ secret = "" }) =>
      secret !== "" && !/^["'“‘`]?SEC[0-9A-Za-z]+["'”’`]?$/.test(secret),
  },
];

/** Whether an address holds a signature: the one of a robot without secret is soon too old. */
export function carriesSignature({ searchParams }: URL): boolean {
  return searchParams.has("sign") && !isSecret(searchParams.get("sign"));
}

/** The mistakes that the fields show, each once. */
export function suspicionsOf(fields: RobotFields): RobotSuspicion[] {
  const lines = linesOf(fields);
  return checks
    .filter(({ applies }) => lines.some(applies))
    .map(({ applies, ...suspicion }) => suspicion);
}

function linesOf({ url: urls, secret: secrets }: RobotFields): Line[] {
  const secretTexts = secrets?.trimEnd().split(/\r?\n/);
  const urlTexts = (urls ?? "").split(/\r?\n/).filter((line) => line.trim() !== "");
  const count = Math.max(urlTexts.length, secretTexts?.length ?? 0);
  return Array.from({ length: count }, (_, index) => {
    const urlText = urlTexts[index]?.trim() ?? "";
    const secret = secretTexts && (secretTexts[index]?.trim() ?? "");
    return { urlText, url: URL.canParse(urlText) ? new URL(urlText) : undefined, secret };
  });
}

function isSecret(text: string | null | undefined): boolean {
  return /^SEC[0-9a-f]/i.test(text ?? "");
}
