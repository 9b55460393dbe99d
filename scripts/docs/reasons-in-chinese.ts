import type { NotSentReason } from "../../src/delivery/errors.ts";
import type { catalogue, gatewayBan, unknownRefusal } from "../../src/dingtalk/errcodes.ts";
import type { UnreachableReason } from "../../src/dingtalk/errors.ts";
import type { SessionReason } from "../../src/dingtalk/session-errors.ts";
import type { CallbackRefusal } from "../../src/receiving/callback-refusals.ts";

type RefusalReason = (
  | (typeof catalogue)[number]
  | typeof gatewayBan
  | typeof unknownRefusal
)["reason"];

/** What happened, and what to do. */
interface Sentences {
  readonly summary: string;
  readonly remedy: string;
}

/** The sentences of `errcodes.ts` in Chinese. */
export const refusalsInChinese: Readonly<Record<RefusalReason, Sentences>> = {
  busy: { summary: "钉钉系统繁忙", remedy: "稍后用同一个 msgUuid 再试" },
  "timestamp-invalid": {
    summary: "机器人不接受签名的时间",
    remedy: "校准本机时钟，偏差已超过一小时",
  },
  "sign-mismatch": {
    summary: "机器人不接受签名",
    remedy: "把组件的 secret 设为机器人安全设置页面上 SEC 开头的密钥",
  },
  "keyword-missing": {
    summary: "消息里没有机器人的任何一个关键词",
    remedy: "把安全设置页面上的某个关键词写进消息，或者设置组件的 keyword",
  },
  "ip-not-allowed": {
    summary: "机器人不接受这个 IP",
    remedy: "把本机的出口 IPv4 地址加进机器人的安全设置",
  },
  "security-refused": {
    summary: "消息没有通过机器人的安全设置",
    remedy: "对照安全设置页面检查组件：加签、关键词、IP",
  },
  "token-unknown": {
    summary: "没有哪个机器人使用这个 access token",
    remedy: "从机器人页面重新复制 Webhook 地址到组件的 url",
  },
  "session-expired": {
    summary: "session webhook 已过期",
    remedy: "在消息的 sessionWebhookExpiredTime 之前回复，或用机器人自己的 Webhook 发送",
  },
  "param-invalid": {
    summary: "钉钉不接受消息的某个字段",
    remedy: "对照钉钉文档里对这个 msgtype 的说明检查消息",
  },
  "group-dissolved": {
    summary: "机器人所在的群已解散",
    remedy: "在别的群里新建机器人，把它的地址写进组件的 url",
  },
  "robot-stopped": { summary: "机器人已停用", remedy: "在群里的机器人页面上启用它" },
  throttled: {
    summary: "机器人一分钟收到的消息超过 20 条",
    remedy: "降低发送频率，钉钉最长会限流十分钟",
  },
  "quota-exceeded": {
    summary: "组织本月的调用量已用完",
    remedy: "在钉钉管理后台增购，或等到下个月",
  },
  "token-missing": {
    summary: "组件的 url 里没有 access_token",
    remedy: "从机器人页面把整个 Webhook 地址复制到组件的 url",
  },
  "json-invalid": { summary: "钉钉无法把消息解析成 JSON", remedy: "发送一个 JSON 对象" },
  "request-invalid": {
    summary: "钉钉不接受请求的形式",
    remedy: "检查这里与钉钉之间有没有代理改动了请求",
  },
  "msgtype-unsupported": {
    summary: "机器人不认识这个 msgtype",
    remedy: "使用 text、link、markdown、actionCard 或 feedCard",
  },
  "message-too-long": { summary: "消息超过 20,000 字节", remedy: "缩短，或分成几条发送" },
  "content-refused": {
    summary: "钉钉的内容审核拒绝了消息",
    remedy: "去掉被钉钉认为不安全的链接、文字或图片",
  },
  "field-missing": {
    summary: "消息缺少这个 msgtype 的必填字段",
    remedy: "补上钉钉要求的字段",
  },
  "path-unknown": {
    summary: "组件的 url 不是机器人的地址",
    remedy: "从机器人页面把整个 Webhook 地址复制到组件的 url",
  },
  "address-banned": {
    summary: "钉钉网关在几分钟内拒绝这个 IP 的所有请求",
    remedy: "五分钟内什么都不要发，之后降低发送频率",
  },
  refused: { summary: "机器人拒绝了消息", remedy: "在钉钉文档里查这个 errcode" },
};

/** The remedies of `UnreachableReason` in Chinese. */
export const unreachableInChinese: Readonly<Record<UnreachableReason, string>> = {
  "dns-failed": "检查组件 url 里的主机名和 Pod 的 DNS",
  "connect-failed": "检查能否从这里访问机器人的主机，或设置 HTTPS_PROXY",
  "tls-failed": "检查机器人主机的证书；自有 CA 证书放在 NODE_EXTRA_CA_CERTS 里",
  "proxy-failed": "检查 HTTP_PROXY、HTTPS_PROXY 和 NO_PROXY，以及代理是否放行机器人的主机",
  "no-connection-left": "提高本进程可打开的文件数上限，减少并发，或查明机器人的主机为何应答缓慢",
  "connection-lost": "消息可能已经到达；重发之前先到群里看看",
  "not-http": "检查组件 url 的协议和端口是否属于 HTTP 服务器",
  "http-error": "机器人的主机有故障，或 url 不是机器人的地址；稍后再试",
  redirected: "从机器人页面重新复制 Webhook 地址到组件的 url",
  "unusable-answer": "检查组件的 url 是不是机器人的 Webhook，有没有网关代为应答",
  timeout: "消息可能已经到达；调大 responseTimeout，或重发之前先到群里看看",
  cancelled: "调用方已取消；消息可能已经到达",
};

/** The sentences of `NotSentReason` in Chinese. */
export const notSentInChinese: Readonly<Record<NotSentReason, Sentences>> = {
  "over-budget": {
    summary: "未发送，机器人这一分钟的消息数已用完",
    remedy: "调大 maxWait，或再试一次",
  },
  "queue-full": {
    summary: "未发送，排队等这个机器人的消息太多",
    remedy: "降低发送频率，使用 overflow digest，或再试一次",
  },
  "robot-closed": {
    summary: "未发送，钉钉报告消息太多，组件暂停向这个机器人发送",
    remedy: "再试一次",
  },
  expired: {
    summary: "未发送，消息在 ttlInSeconds 之内没有发出",
    remedy: "调大 ttlInSeconds，或再试一次",
  },
  deadline: {
    summary: "未发送，消息排队时已到调用方的截止时间",
    remedy: "给调用留更多时间，或再试一次",
  },
  cancelled: { summary: "未发送，消息排队时调用方已取消", remedy: "如果还需要，再发一次" },
  "shutting-down": { summary: "未发送，组件正在关闭", remedy: "等它恢复后再试" },
};

/** The sentences of `SessionReason` in Chinese. */
export const sessionsInChinese: Readonly<Record<SessionReason, Sentences>> = {
  "message-unknown": {
    summary: "未发送，没有已知的消息使用这个 msgId",
    remedy: "传入该组件收到的某条消息的 msgId，或该消息的 sessionWebhook",
  },
  "session-expired": {
    summary: "未发送，session webhook 已过期",
    remedy: "在消息的 sessionWebhookExpiredTime 之前回复，或用机器人自己的 Webhook 发送",
  },
  "session-host": {
    summary: "未发送，session webhook 不是钉钉的 https 地址",
    remedy: "检查消息从何而来，或把该主机加到 allowedSessionHosts",
  },
};

/** The sentences of `CallbackRefusal` in Chinese. */
export const callbacksInChinese: Readonly<Record<CallbackRefusal, Sentences>> = {
  "unknown-id": {
    summary: "路径里的 id 不属于任何 receive: http 的组件",
    remedy: "把钉钉后台里的地址改成以 /callback/ 加组件的 id 结尾",
  },
  "no-sign": {
    summary: "没有 timestamp 或 sign",
    remedy: "如果不是钉钉发来的，无需处理；否则检查代理是否丢掉了这两个请求头",
  },
  "timestamp-malformed": {
    summary: "timestamp 不是 1 到 16 位数字",
    remedy: "无需处理，钉钉不会发送这样的 timestamp",
  },
  stale: {
    summary: "timestamp 与本机时钟相差太大",
    remedy: "如果本机时钟确实偏差了日志里的 aheadSeconds，校准时钟；否则调大 callbackMaxAge",
  },
  "bad-sign": { summary: "sign 有误", remedy: "把 clientSecret 设为应用的 Client Secret" },
  "bad-token": {
    summary: "token 缺失或有误",
    remedy: "把 callbackToken 设为机器人页面上的 Token",
  },
  "not-json": { summary: "请求体不是 JSON 对象", remedy: "检查代理是否改动了请求体" },
  encrypted: { summary: "请求体已加密", remedy: "在钉钉后台关闭消息体加密" },
};
