import { dingtalkZone } from "../dingtalk/limits.ts";
import {
  atLeastOne,
  choice,
  count,
  duration,
  type FieldReader,
  flag,
  gatewayUrl,
  lines,
  redisAddress,
  secretText,
  sessionHosts,
  text,
  timeToLive,
  timeZone,
  webhookUrls,
} from "./field-readers.ts";

/** How a component hears what people write to its robot. `get`: not at all. */
export const receiveModes = ["get", "http", "stream"] as const;

/** One of {@link receiveModes}. */
export type ReceiveMode = (typeof receiveModes)[number];

/** One field of a component's `spec.metadata`: how it is read, and what the documents say of it. */
export interface MetadataField {
  /** The key in the YAML. */
  readonly name: string;
  /** Fixes the type of the value in `FieldValues`. */
  readonly reader: FieldReader<unknown>;
  /** Whether a component without the field is refused. */
  readonly required?: true;
  /** The modes of `receive` in which a component without the field is refused. */
  readonly requiredFor?: readonly ReceiveMode[];
  /** The modes of `receive` in which the field has a meaning. If unset, all. */
  readonly modes?: readonly ReceiveMode[];
  /** The text that stands for an absent field. Without it the value is undefined. */
  readonly default?: string;
  /** Whether the metadata of a call may hold the field, for that call alone. */
  readonly perCall?: true;
  /** Whether the value is never shown, not even in part. */
  readonly sensitive?: true;
  /** The directions of the binding for which the field has a meaning. If unset, output. */
  readonly scope?: "input" | "output" | "both";
  /** A value as it would be written in the YAML. */
  readonly example: string;
  /** The meaning in English, without a full stop. */
  readonly en: string;
  /** The meaning in Chinese, without a full stop. */
  readonly zh: string;
}

/**
 * Every metadata field of ours, in the order of the documents. The keys are the names of the values
 * in the configuration. A change is complete after `npm run docs`.
 */
export const fields = {
  id: {
    name: "id",
    reader: text,
    required: true,
    scope: "both",
    example: "ops-alerts",
    en: "Name of the robot in logs; components with the same id share their readers for get",
    zh: "机器人在日志里的名字；id 相同的组件在 get 时共用接收方",
  },
  urls: {
    name: "url",
    reader: webhookUrls,
    requiredFor: ["get"],
    sensitive: true,
    scope: "both",
    example: "https://oapi.dingtalk.com/robot/send?access_token=…",
    en: "Webhook address from the robot's page in DingTalk; several addresses, one a line, are a pool; required for `receive: get`, without it create fails",
    zh: "钉钉机器人页面上的 Webhook 地址；可以写多个，每行一个，组成机器人池；`receive: get` 时必填，不填则 create 失败",
  },
  secrets: {
    name: "secret",
    reader: lines,
    sensitive: true,
    example: "SEC…",
    en: "Signing secret from the robot's security page, the n-th for the n-th url; without it messages are not signed",
    zh: "机器人安全设置页面上的加签密钥，第 n 个对应第 n 个 url；不填则不加签",
  },
  keyword: {
    name: "keyword",
    reader: text,
    example: "告警",
    en: "One of the keywords of the robot's security page; it is put before the title and the text of each message, part and digest that lacks it",
    zh: "机器人安全设置里的一个自定义关键词；消息、拆分后的各条和摘要的标题或正文里没有它时，自动加在前面",
  },
  responseTimeoutMs: {
    name: "responseTimeout",
    reader: duration(1),
    default: "30s",
    example: "10s",
    en: "How long each attempt of create waits for the robot's answer",
    zh: "create 每次尝试最多等待机器人应答多久",
  },
  ackTimeoutMs: {
    name: "ackTimeout",
    reader: duration(1),
    default: "30s",
    example: "1m30s",
    en: "How long get waits for the app's answer",
    zh: "get 最多等待应用应答多久",
  },
  messagesPerMinute: {
    name: "messagesPerMinute",
    reader: count,
    default: "20",
    example: "18",
    en: "Messages to the robot in any minute, from all components; 0 for no limit",
    zh: "任意一分钟内最多发给该机器人多少条消息，所有组件合计；0 表示不限",
  },
  maxWaitMs: {
    name: "maxWait",
    reader: duration(),
    default: "90s",
    perCall: true,
    example: "5s",
    en: "How long create may wait for its turn; it fails at once if its turn may come later",
    zh: "create 最多排队多久；不能保证在此之内轮到时，立即失败",
  },
  maxQueue: {
    name: "maxQueue",
    reader: count,
    default: "1000",
    example: "50",
    en: "Calls that may wait for the robot",
    zh: "最多允许多少个调用排队等这个机器人",
  },
  overflow: {
    name: "overflow",
    reader: choice("wait", "reject", "digest"),
    default: "wait",
    perCall: true,
    example: "reject",
    en: "What happens over the limit: wait, reject, or digest (merge those that wait)",
    zh: "超出限额时怎么办：wait（排队）、reject（拒绝）、digest（把排队的消息合并成摘要）",
  },
  oversize: {
    name: "oversize",
    reader: choice("reject", "split"),
    default: "reject",
    perCall: true,
    example: "split",
    en: "What happens to text and markdown over 20,000 bytes: reject, or split into parts",
    zh: "text 和 markdown 超过 20,000 字节时怎么办：reject（拒绝）或 split（拆成多条）",
  },
  timeZone: {
    name: "timeZone",
    reader: timeZone,
    default: dingtalkZone,
    example: "Europe/Berlin",
    en: "IANA name of the zone of the times in digests and of the month in the metrics",
    zh: "摘要里的时间和指标里的自然月所用的时区，写 IANA 名称",
  },
  retries: {
    name: "retries",
    reader: count,
    default: "2",
    perCall: true,
    example: "0",
    en: "Attempts after the first, for failures that may pass",
    zh: "首次失败后最多再试几次，只用于重试可能成功的失败",
  },
  deduplicateForMs: {
    name: "deduplicateFor",
    reader: duration(),
    default: "10m",
    example: "1h",
    en: "How long a message with a `msgUuid` is remembered, so that its repeats are not sent; without one, a retry is recognised for 20 s",
    zh: "带 `msgUuid` 的消息记多久，其间重复的不再发送；没有 `msgUuid` 时，只识别 20 秒内的重试",
  },
  ttlMs: {
    name: "ttlInSeconds",
    reader: timeToLive,
    default: "0",
    perCall: true,
    example: "30",
    en: "Seconds after which a message that is not on its way is dropped; 0 for never",
    zh: "消息超过多少秒还没有发出就丢弃；0 表示永不丢弃",
  },
  redisAddress: {
    name: "redisHost",
    reader: redisAddress,
    example: "redis:6379",
    en: "Redis as host:port, in which all replicas share limits, penalties and repeats; without it each replica keeps its own",
    zh: "Redis 的 host:port，所有副本通过它共享额度、限流状态和去重记录；不填则每个副本单独计算",
  },
  redisUsername: {
    name: "redisUsername",
    reader: text,
    example: "dingtalk",
    en: "User at the Redis; without it, the default user",
    zh: "Redis 用户名；不填则用默认用户",
  },
  redisPassword: {
    name: "redisPassword",
    reader: text,
    sensitive: true,
    example: "…",
    en: "Password at the Redis; without it, none is sent",
    zh: "Redis 密码；不填则不使用密码",
  },
  redisDb: {
    name: "redisDB",
    reader: count,
    default: "0",
    example: "1",
    en: "Number of the Redis database",
    zh: "Redis 数据库编号",
  },
  redisTls: {
    name: "enableTLS",
    reader: flag,
    default: "false",
    example: "true",
    en: "Whether the Redis speaks TLS; a CA of your own goes into NODE_EXTRA_CA_CERTS",
    zh: "是否用 TLS 连接 Redis；自有 CA 证书放在 NODE_EXTRA_CA_CERTS 里",
  },
  receive: {
    name: "receive",
    reader: choice(...receiveModes),
    default: "get",
    scope: "input",
    example: "stream",
    en: "How the app hears what people write to the robot: get (not at all, only by the operation get), http (DingTalk calls DINGTALK_CALLBACK_PORT), or stream (over a connection that this process opens)",
    zh: "应用怎样收到大家发给机器人的消息：get（不接收，只有 get 操作）、http（由钉钉回调 DINGTALK_CALLBACK_PORT）或 stream（由本进程主动连接钉钉）",
  },
  clientId: {
    name: "clientId",
    reader: text,
    requiredFor: ["stream"],
    modes: ["http", "stream"],
    scope: "input",
    example: "dingabcdefghijklmnop",
    en: "Client ID of the app whose robot it is; required for `receive: stream`",
    zh: "机器人所属应用的 Client ID；`receive: stream` 时必填",
  },
  clientSecret: {
    name: "clientSecret",
    reader: secretText,
    requiredFor: ["stream"],
    modes: ["http", "stream"],
    sensitive: true,
    scope: "input",
    example: "…",
    en: "Client Secret of the app; required for `receive: stream`; for `receive: http` either this or callbackToken",
    zh: "应用的 Client Secret；`receive: stream` 时必填；`receive: http` 时它和 callbackToken 至少填一个",
  },
  callbackToken: {
    name: "callbackToken",
    reader: secretText,
    modes: ["http"],
    sensitive: true,
    scope: "input",
    example: "…",
    en: "Token of a custom robot with Outgoing, from the robot's page",
    zh: "开启了 Outgoing 的自定义机器人的 Token，见机器人页面",
  },
  callbackMaxAgeMs: {
    name: "callbackMaxAge",
    reader: duration(1, 3_600_000),
    default: "1h",
    modes: ["http"],
    scope: "input",
    example: "5m",
    en: "How far the time of a callback's signature may be from this machine's clock, before or after; at most 1h",
    zh: "回调签名的时间与本机时钟最多相差多久，早或晚都算；最大 1h",
  },
  gatewayUrl: {
    name: "gatewayUrl",
    reader: gatewayUrl,
    default: "https://api.dingtalk.com",
    modes: ["stream"],
    scope: "input",
    example: "https://api.dingtalk.io",
    en: "Where `receive: stream` asks for its connection; `https://api.dingtalk.io` for the international DingTalk; `http:` only for this machine",
    zh: "`receive: stream` 向哪个地址申请连接；国际版钉钉用 `https://api.dingtalk.io`；`http:` 只能用于本机",
  },
  answers: {
    name: "answers",
    reader: choice("messages", "text", "none"),
    default: "messages",
    modes: ["http", "stream"],
    scope: "input",
    example: "text",
    en: "What of the app's answer is said in the conversation: messages (objects with msgtype), text (these and plain text), or none",
    zh: "应用的应答里，哪些内容会发到会话：messages（带 msgtype 的对象）、text（再加上纯文本）或 none（都不发）",
  },
  replyAt: {
    name: "replyAt",
    reader: flag,
    default: "false",
    modes: ["http", "stream"],
    scope: "both",
    example: "true",
    en: "Whether answers in a group mention the sender; may also stand in the metadata of a reply",
    zh: "在群里回复时是否 @ 发送者；也可以写在 reply 调用的元数据里",
  },
  redeliver: {
    name: "redeliver",
    reader: count,
    default: "3",
    modes: ["http", "stream"],
    scope: "input",
    example: "0",
    en: "Attempts after the first to hand a message to the app, if the app fails",
    zh: "应用处理失败时，首次之后最多再交给应用几次",
  },
  maxInFlight: {
    name: "maxInFlight",
    reader: atLeastOne,
    default: "64",
    modes: ["http", "stream"],
    scope: "input",
    example: "4",
    en: "Messages that are with the app at one time",
    zh: "最多同时交给应用处理多少条消息",
  },
  handleTimeoutMs: {
    name: "handleTimeout",
    reader: duration(1, 5_400_000),
    default: "10m",
    modes: ["http", "stream"],
    scope: "input",
    example: "2m",
    en: "How long the app may hold a message before its place goes to the next one; a later answer is still said; at most 90m",
    zh: "应用处理一条消息最多占用多久，到时把位置让给下一条；之后的应答仍会发出；最大 90m",
  },
  allowedSessionHosts: {
    name: "allowedSessionHosts",
    reader: sessionHosts,
    scope: "both",
    example: "dingtalk.example.com,http://127.0.0.1:4050",
    en: "Hosts beside dingtalk.com and dingtalk.io to which answers may go, comma-separated: `HOST` (https) or `http://HOST:PORT`",
    zh: "除 dingtalk.com 和 dingtalk.io 外，还可以回复到哪些主机，用逗号分隔：`HOST`（https）或 `http://HOST:PORT`",
  },
} as const satisfies Readonly<Record<string, MetadataField>>;

/** The fields as a list. */
export const metadataFields: readonly MetadataField[] = Object.values(fields);

/** Fields that belong to daprd, which leaves them in the properties. */
export const daprdFields = ["direction", "route"];
