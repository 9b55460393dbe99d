import type { ExplainedRow } from "./reasons.ts";

/** The call, the component's metadata or this program is at fault. */
export const callFaults: readonly ExplainedRow[] = [
  {
    reason: "invalid-message",
    note: { en: "nothing was sent", zh: "没有发送" },
    status: "INVALID_ARGUMENT",
    summary: {
      en: "`data` is no message, lacks a field or is too long; nothing was sent",
      zh: "`data` 不是消息，缺少字段或太长；什么都没有发送",
    },
    remedy: { en: "correct the field that `field=` names", zh: "修改 `field=` 指出的字段" },
  },
  {
    reason: "invalid-metadata",
    note: { en: "also at Init", zh: "Init 时也会出现" },
    status: "INVALID_ARGUMENT",
    summary: {
      en: "a metadata field of the component or the call is wrong",
      zh: "组件或调用的某个元数据字段有误",
    },
    remedy: {
      en: "correct the field that `field=` names; for the component daprd exits, unless it has `ignoreErrors: true`",
      zh: "修改 `field=` 指出的字段；组件有误时 daprd 会退出，除非组件设置了 `ignoreErrors: true`",
    },
  },
  {
    reason: "not-initialized",
    note: { en: "restart daprd or change the YAML", zh: "重启 daprd 或修改 YAML" },
    status: "FAILED_PRECONDITION",
    summary: {
      en: "the component was restarted, and daprd does not send it the configuration again",
      zh: "组件重启了，而 daprd 不会重发组件配置",
    },
    remedy: {
      en: "restart daprd, or change the component's YAML, which makes daprd load it again (by default from Dapr 1.18 on); set `DINGTALK_STATE_FILE` for the next time",
      zh: "重启 daprd，或修改组件的 YAML，让 daprd 重新加载（Dapr 1.18 起默认开启）；设置 `DINGTALK_STATE_FILE` 可以避免再次发生",
    },
  },
  {
    reason: "ambiguous-component",
    note: { en: "two apps share a component name", zh: "两个应用共用一个组件名" },
    status: "FAILED_PRECONDITION",
    summary: {
      en: "several apps configured this component name differently, and the connection does not tell which of them calls; nothing was done",
      zh: "多个应用都用这个组件名，但配置不同，从连接看不出是哪个应用在调用；什么都没有做",
    },
    remedy: {
      en: "give each app a socket folder of its own (`DAPR_COMPONENTS_SOCKETS_FOLDER`), or the components different names; then restart this process and the daprds",
      zh: "让每个应用使用单独的套接字目录（`DAPR_COMPONENTS_SOCKETS_FOLDER`），或给组件取不同的名字；然后重启本进程和各个 daprd",
    },
  },
  {
    reason: "message-too-large",
    status: "RESOURCE_EXHAUSTED",
    summary: {
      en: "the data is larger than `DINGTALK_MAX_MESSAGE_BYTES`; nothing was done",
      zh: "数据超过 `DINGTALK_MAX_MESSAGE_BYTES`；什么都没有做",
    },
    remedy: { en: "send less or raise it", zh: "缩小数据，或调大这个值" },
  },
  {
    reason: "too-many-bytes",
    status: "RESOURCE_EXHAUSTED",
    summary: {
      en: "the calls in flight together hold more than 64 MiB of data; nothing was done",
      zh: "正在处理的调用合计超过 64 MiB 数据；什么都没有做",
    },
    remedy: { en: "send smaller messages, or fewer at once", zh: "缩小消息，或减少并发" },
  },
  {
    reason: "no-url",
    note: { en: "for `create`", zh: "`create` 时" },
    status: "FAILED_PRECONDITION",
    summary: {
      en: "`create` was called for a component without `url`, which only receives; nothing was sent",
      zh: "组件没有 `url`，只接收消息，却被调用了 `create`；什么都没有发送",
    },
    remedy: {
      en: "set `url` to the address of a webhook robot, or answer a message with `reply`",
      zh: "把 `url` 设为 Webhook 机器人的地址，或用 `reply` 回复某条消息",
    },
  },
  {
    reason: "unknown-operation",
    status: "UNIMPLEMENTED",
    summary: {
      en: "the operation is none of `create`, `get` and `reply`",
      zh: "操作不是 `create`、`get`、`reply` 中的任何一个",
    },
    remedy: { en: "use one of these", zh: "改用其中之一" },
  },
  {
    reason: "internal",
    note: {
      en: "a bug of the component; the log has the stack",
      zh: "组件自身的缺陷；日志里有调用栈",
    },
    status: "INTERNAL",
    summary: { en: "a bug of the component", zh: "组件自身的缺陷" },
    remedy: {
      en: "look into the component's log, which has the stack",
      zh: "查看组件的日志，里面有调用栈",
    },
  },
];

/** The failures of `get` alone. */
export const getFaults: readonly ExplainedRow[] = [
  {
    reason: "no-reader",
    status: "FAILED_PRECONDITION",
    summary: { en: "no app reads from the component", zh: "没有应用通过该组件接收事件" },
    remedy: {
      en: "start daprd with `--app-port`, let `direction` include `input`, and answer daprd's `OPTIONS` request for the route",
      zh: "启动 daprd 时加 `--app-port`，让 `direction` 包含 `input`，并应答 daprd 对该路由的 `OPTIONS` 请求",
    },
  },
  {
    reason: "event-too-large",
    status: "INVALID_ARGUMENT",
    summary: {
      en: "the event is larger than what daprd takes, about 4 MiB",
      zh: "事件超过了 daprd 能接收的大小，约 4 MiB",
    },
    remedy: { en: "send less", zh: "缩小事件内容" },
  },
  {
    reason: "answer-too-large",
    status: "RESOURCE_EXHAUSTED",
    summary: {
      en: "the app's answer is larger than what daprd takes, about 4 MiB; the app did the work",
      zh: "应用的应答超过了 daprd 能接收的大小，约 4 MiB；事件已经由应用处理",
    },
    remedy: { en: "let the app answer less", zh: "让应用返回的内容小一些" },
  },
  {
    reason: "reader-busy",
    status: "RESOURCE_EXHAUSTED",
    summary: {
      en: "daprd does not take the events that wait for it; the app did not get this one",
      zh: "daprd 没有取走等待中的事件；应用没有收到这个事件",
    },
    remedy: {
      en: "send less at once; restart daprd if it hangs",
      zh: "减少并发；如果 daprd 没有响应，重启它",
    },
  },
  {
    reason: "ack-timeout",
    status: "DEADLINE_EXCEEDED",
    summary: {
      en: "the app did not answer within `ackTimeout`",
      zh: "应用没有在 `ackTimeout` 之内应答",
    },
    remedy: { en: "raise it or make the app faster", zh: "调大这个值，或让应用更快" },
  },
  {
    reason: "app-failed",
    note: { en: "the app's own error", zh: "应用自己的错误" },
    status: "UNKNOWN",
    summary: {
      en: "the app answered with an error; its text follows",
      zh: "应用返回了错误，后面是错误的文本",
    },
    remedy: { en: "fix the app", zh: "修复应用" },
  },
  {
    reason: "reader-lost",
    status: "UNAVAILABLE",
    summary: {
      en: "daprd stopped reading before the app answered; the app may have got the event",
      zh: "应用还没有应答，daprd 就停止了读取；应用可能已经收到事件",
    },
    remedy: {
      en: "send it again if it does no harm twice",
      zh: "如果重复处理也没有害处，再发一次",
    },
  },
];
