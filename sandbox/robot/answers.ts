import type { Rules } from "../api/types.ts";

/**
 * The wording of error texts. DingTalk's texts changed over time, as public logs show: `a` is short
 * English, `b` the same with a link (2020 to 2021), `c` long with English labels (2022 to 2025), `d`
 * long with Chinese labels (since 2023).
 */
export type Generation = Rules["generation"];

/** Why a request was refused. */
export type Cause =
  | "method-not-post"
  | "token-missing"
  | "throttled"
  | "token-unknown"
  | "content-type-unsupported"
  | "body-missing"
  | "body-too-large"
  | "json-invalid"
  | "sign-missing"
  | "sign-mismatch"
  | "timestamp-missing"
  | "timestamp-malformed"
  | "timestamp-expired"
  | "ip-not-allowed"
  | "keyword-missing"
  | "msgtype-missing"
  | "msgtype-unsupported"
  | "field-missing"
  | "message-too-long"
  | "quota-exceeded"
  | "session-unknown";

/** A refusal: the answer to the sender, and the reason that only the sandbox knows. */
export interface Refusal {
  readonly accepted: false;
  readonly cause: Cause;
  readonly errcode: number;
  readonly errmsg: string;
  readonly details: RefusalDetails;
}

/** Facts of a refusal. Each cause has its own; the others are absent. */
export interface RefusalDetails {
  /** Dotted path of the field that is missing. */
  readonly field?: string;
  /** The same path as the sender spelled it. */
  readonly spelledAs?: string;
  readonly msgtype?: string;
  /** The rest of the throttle's penalty. */
  readonly penaltyMs?: number;
  /** The sender's time minus the sandbox's. */
  readonly skewMs?: number;
  /** How long ago the session webhook expired. */
  readonly expiredMs?: number;
  /** The sender's address. */
  readonly ip?: string;
}

interface Labels {
  readonly description: string;
  readonly solution: string;
  readonly link: string;
}

type Text = (details: RefusalDetails) => string;

interface Answer {
  readonly errcode: number;
  readonly short: Text;
  /** True if generation b has the link. */
  readonly hasLink?: true;
  /** The text of generations c and d. If absent, they answer the short text. */
  readonly long?: (labels: Labels, details: RefusalDetails) => string;
}

const english: Labels = { description: "description", solution: "solution", link: "link" };
const chinese: Labels = { description: "错误描述", solution: "解决方案", link: "参考链接" };
const more = ", more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]";

// Logs show the same answer for a wrong signature and for parameters that are not in the address.
const signMismatch: Answer = {
  errcode: 310000,
  short: () => "sign not match",
  hasLink: true,
  // Every known log cuts off the end of generation d. Here it ends like generation c.
  long: (label) =>
    `${label.description}:机器人发送签名不匹配;${label.solution}:请确认签名和生成签名的时间戳必须都放在调用的网址中，请确认机器人的密钥加密和填写正确;${label.link}:请参考本接口对应文档获得具体要求，或者在https://open.dingtalk.com/document/  搜索相关文档;`,
};

const timestampInvalid: Answer = {
  errcode: 310000,
  short: () => "invalid timestamp",
  hasLink: true,
  long: (label) =>
    `${label.description}:机器人发送签名过期;${label.solution}:签名生成时间和发送时间请保持在 timestampms 以内;`,
};

const jsonMissing: Answer = { errcode: 40035, short: () => "缺少参数 json" };

const tooLong: Answer = {
  errcode: 460101,
  short: () => "message too long, exceed 20000 bytes",
  long: (label) =>
    `${label.description}: body 大小不合法;${label.solution}:请保持大小在 20000bytes 以内;`,
};

/**
 * The texts of real answers, with their odd spaces.
 *
 * @see https://open.dingtalk.com/document/development/custom-robots-send-group-messages
 */
const answers: Readonly<Record<Cause, Answer>> = {
  "method-not-post": { errcode: 43002, short: () => "需要POST请求" },
  "token-missing": { errcode: 40035, short: () => "缺少参数 access_token" },
  throttled: { errcode: 660026, short: () => "sending too many messages per minute" },
  "token-unknown": { errcode: 300005, short: () => "token is not exist" },
  "content-type-unsupported": { errcode: 43004, short: () => "无效的HTTP HEADER Content-Type" },
  "body-missing": jsonMissing,
  "body-too-large": tooLong,
  "json-invalid": jsonMissing,
  "sign-missing": signMismatch,
  "sign-mismatch": signMismatch,
  "timestamp-missing": signMismatch,
  "timestamp-malformed": timestampInvalid,
  "timestamp-expired": timestampInvalid,
  "ip-not-allowed": {
    errcode: 310000,
    short: ({ ip = "" }) => `ip ${ip} not in whitelist`,
    hasLink: true,
    long: (label) =>
      `${label.description}:ip 不在白名单中;${label.solution}:请联系对应群的管理员，设置机器人安全ip地址段`,
  },
  "keyword-missing": {
    errcode: 310000,
    short: () => "keywords not in content",
    hasLink: true,
    long: (label) =>
      `${label.description}:关键词不匹配;${label.solution}:请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词;`,
  },
  "msgtype-missing": { errcode: 300001, short: () => "msgtype is null" },
  "msgtype-unsupported": {
    errcode: 400105,
    short: () => "unsupported msgtype",
    long: (label, { msgtype = "" }) =>
      `${label.description}: 不支持类型 msgType:${msgtype} ;${label.solution}:请使用支持的类型;${label.link}:请参考本接口对应文档查看支持的消息类型，或者在https://open.dingtalk.com/document/ 搜索对应文档;`,
  },
  "field-missing": {
    // Each field has an errcode of its own, which the check passes on.
    errcode: 400105,
    short: ({ field = "" }) => `miss param : ${field.replaceAll(".", "->")}`,
    long: (label, { field = "" }) =>
      `${label.description}:参数 ${field.replaceAll(".", " --》 ")} 缺失，或者参数格式不正确; ${label.solution}:请填充上对应参数;${label.link}:请参考本接口对应文档查看参数获取方式，或者在https://open.dingtalk.com/document/  搜索对应文档;`,
  },
  "message-too-long": tooLong,
  "quota-exceeded": { errcode: 90030, short: () => "webhook over limit" },
  "session-unknown": { errcode: 300001, short: () => "session 不存在" },
};

/** The facts that a refusal is made from. */
export interface RefusalFacts extends RefusalDetails {
  /** Default: `d`. */
  readonly generation?: Generation | undefined;
  /** Default: the errcode of the cause. */
  readonly errcode?: number;
}

/** The refusal that belongs to a cause. */
export function refuse(cause: Cause, facts: RefusalFacts = {}): Refusal {
  const { generation = "d", errcode = answers[cause].errcode, ...details } = facts;
  const errmsg = wording(answers[cause], generation, details);
  return { accepted: false, cause, errcode, errmsg, details };
}

function wording(answer: Answer, generation: Generation, details: RefusalDetails): string {
  if (answer.long !== undefined && generation === "c") return answer.long(english, details);
  if (answer.long !== undefined && generation === "d") return answer.long(chinese, details);
  return answer.short(details) + (generation === "b" && answer.hasLink ? more : "");
}
