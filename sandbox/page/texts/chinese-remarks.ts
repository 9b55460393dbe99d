import type {
  CallbackProblemCode,
  ExplanationCode,
  LintCode,
  PushRemarkCode,
  Remark,
} from "../../api/types.ts";

/** All codes that a remark may have. */
export type RemarkCode = ExplanationCode | LintCode | CallbackProblemCode | PushRemarkCode;

type Params = Remark["params"];
type Sentence = (params: Params) => string;

const ahead = ({ minutes = 0 }: Params) =>
  Number(minutes) >= 0 ? `快 ${minutes} 分钟` : `慢 ${-Number(minutes)} 分钟`;

/** The words of `Shape` in `src/dingtalk/message-faults.ts`. */
const shapes: Readonly<Record<string, string>> = {
  "a text": "文本",
  "a number": "数字",
  "true or false": "布尔值",
  "a list": "数组",
  "an object": "对象",
  null: " null",
};

const wrongType = ({ field, found, wanted }: Params): string =>
  `${field} 是${shapes[String(found)] ?? found}，应为${shapes[String(wanted)] ?? wanted}`;

const explanations: Readonly<Record<ExplanationCode, Sentence>> = {
  "method-not-post": ({ method }) => `请求方法是 ${method}，应为 POST`,
  "token-missing": () => "地址里没有 access_token",
  "token-unknown": () => "没有这个 token 的机器人",
  throttled: ({ penaltySeconds, messagesPerMinute }) =>
    `每分钟超过 ${messagesPerMinute} 条，已限流；当时还剩 ${penaltySeconds} 秒`,
  "quota-exceeded": ({ monthlyQuota }) => `本月额度 ${monthlyQuota} 条已用完`,
  "content-type-unsupported": ({ contentType }) =>
    contentType === ""
      ? "没有 Content-Type，应为 application/json"
      : `Content-Type 是 ${contentType}，应为 application/json`,
  "body-missing": () => "请求没有正文",
  "body-too-large": () => "正文超过 1 MiB，未读完",
  "json-invalid": ({ problem }) => `正文不是合法的 JSON 对象：${problem}`,
  "signature-missing": () => "机器人要求加签，但既没有 sign 也没有 timestamp",
  "signature-in-headers": () => "timestamp 和 sign 放在了请求头里，应放在地址的查询参数里",
  "sign-missing": () => "有 timestamp，但没有 sign",
  "timestamp-missing": () => "有 sign，但没有 timestamp",
  "sign-wrong-secret": () => "签名用的不是这个机器人的密钥",
  "sign-encoded-twice": () => "sign 被编码了两次：只编码一次即可",
  "sign-not-encoded": () => "sign 没有编码就放进了地址：其中的 + 变成了空格",
  "timestamp-malformed": () => "timestamp 不是毫秒数",
  "timestamp-in-seconds": () => "timestamp 是秒，应为毫秒",
  "clock-off": (params) => `发送方的时钟${ahead(params)}，最多允许 60 分钟`,
  "timestamp-stale-in-url": ({ minutes }) =>
    `地址里有多个 timestamp，生效的第一个已过期（${Math.abs(Number(minutes))} 分钟）：签名前先去掉旧的`,
  "ip-not-allowed": ({ ip }) => `${ip} 不在 IP 白名单中`,
  "keyword-missing": ({ keywords }) => `消息不含任何关键词：${keywords}`,
  "msgtype-missing": () => "没有 msgtype",
  "msgtype-misspelled": ({ msgtype, right }) => `msgtype 写成了 ${msgtype}，应为 ${right}`,
  "msgtype-unsupported": ({ msgtype }) => `机器人不支持 msgtype ${msgtype}`,
  "field-missing": ({ field }) => `缺少 ${field}，或为空`,
  "field-misspelled": ({ field, spelledAs }) => `缺少 ${field}，消息里写成了 ${spelledAs}`,
  "field-wrong-type": wrongType,
  "message-too-long": ({ bytes, maxBytes }) => `消息有 ${bytes} 字节，最多 ${maxBytes} 字节`,
  "session-unknown": () => "没有发出过这个 sessionWebhook",
  "session-expired": ({ minutes }) => `sessionWebhook 已过期 ${minutes} 分钟`,
};

const lint: Readonly<Record<LintCode, Sentence>> = {
  "mention-not-in-text": ({ mention }) => `${mention} 在 at 里但不在正文里：不会提醒任何人`,
  "mention-unsupported": ({ msgtype }) => `${msgtype} 不支持 @：at 不起作用`,
  "mentions-over-limit": ({ count, max }) => `at 了 ${count} 人，最多 ${max} 人`,
  "field-ignored": ({ field, spelledAs }) => `${spelledAs} 不起作用：应写成 ${field}`,
  "field-misplaced": ({ field, wanted }) => `${field} 放错了位置，不起作用：应放在 ${wanted}`,
  "field-wrong-type": wrongType,
  "markdown-table": ({ line }) => `第 ${line} 行：不支持表格`,
  "markdown-html": ({ line, tag }) => `第 ${line} 行：不支持 HTML（${tag}）`,
  "markdown-unsupported": ({ line, construct }) =>
    `第 ${line} 行：不支持${constructs[String(construct)] ?? construct}`,
  "markdown-newline": ({ line }) => `第 ${line} 行之后的换行会变成空格：请用空行或行尾两个空格`,
  "image-http": ({ url }) => `图片用的是 http，可能不显示：${url}`,
  "title-missing": ({ field }) => `没有 ${field}：会话列表里没有标题`,
  "nearly-too-long": ({ bytes, maxBytes, percent }) =>
    `消息有 ${bytes} 字节，已达上限 ${maxBytes} 的 ${percent}%`,
};

const constructs: Readonly<Record<string, string>> = {
  code: "代码块",
  strikethrough: "删除线",
  rule: "分隔线",
  task: "任务列表",
  setext: "下划线式标题",
};

const callbackProblems: Readonly<Record<CallbackProblemCode, Sentence>> = {
  "callback-timeout": ({ seconds }) => `${seconds} 秒内没有应答`,
  "callback-unreachable": ({ problem }) => `无法连接：${problem}`,
  "callback-status": ({ status }) => `返回了 HTTP ${status}`,
  "callback-answer-invalid": ({ problem }) => `应答不是消息：${problem}`,
  "stream-no-connection": () => "没有打开的连接：钉钉会丢弃这条消息",
  "stream-unacked": ({ pushes }) => `推送了 ${pushes} 次，没有收到 ack`,
};

const pushRemarks: Readonly<Record<PushRemarkCode, Sentence>> = {
  "ack-late": ({ maxMs }) => `${Number(maxMs) / 1000} 秒内没有 ack`,
  "ack-elsewhere": () => "ack 来自没有收到该消息的连接，不算数",
  "ack-unknown-message": ({ messageId }) => `ack 的 messageId 没有推送过：${messageId}`,
  "ack-data-no-string": () => "ack 的 data 不是字符串",
  "ack-code": ({ code }) => `ack 的 code 是 ${code === "" ? "空" : code}：钉钉会怎样处理尚不清楚`,
  "ack-unreadable": () => "连接发来的帧不是 JSON 对象",
  "answer-late": ({ ms, maxMs }) => `应答用了 ${ms} 毫秒；钉钉在 ${maxMs} 毫秒后就会放弃`,
  "repost-unknown": () => "钉钉是否会再次回调尚不清楚",
};

/** The Chinese sentence of each code. */
export const chineseRemarks: Readonly<Record<RemarkCode, Sentence>> = {
  ...explanations,
  ...lint,
  ...callbackProblems,
  ...pushRemarks,
};
