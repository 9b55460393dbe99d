/** The languages of the documents. */
export type Language = "en" | "zh";

interface Words {
  readonly field: string;
  readonly variable: string;
  readonly required: string;
  readonly default: string;
  readonly meaning: string;
  readonly yes: string;
  readonly no: string;
  readonly reason: string;
  readonly reasons: string;
  readonly status: string;
  readonly httpStatus: string;
  readonly summary: string;
  readonly remedy: string;
  readonly anyOther: string;
  readonly comma: string;
  readonly semicolon: string;
  /** A remark in brackets. */
  readonly note: (text: string) => string;
  /** The sentence on the fields that a call may override. */
  readonly perCall: (names: readonly string[]) => string;
  /** A list of reasons with the one who refuses. */
  readonly groups: Readonly<
    Record<
      "call" | "get" | "reply" | "notSent" | "unreachable" | "refused",
      (reasons: string) => string
    >
  >;
}

/** The words of the generated tables that are not in the tables of the code. */
export const words: Readonly<Record<Language, Words>> = {
  en: {
    field: "field",
    variable: "variable",
    required: "required",
    default: "default",
    meaning: "meaning",
    yes: "yes",
    no: "no",
    reason: "reason",
    reasons: "reasons",
    status: "gRPC status",
    httpStatus: "HTTP status",
    summary: "what happened",
    remedy: "what to do",
    anyOther: "any other",
    comma: ", ",
    semicolon: "; ",
    note: (text) => ` (${text})`,
    perCall: (names) =>
      `${names.slice(0, -1).join(", ")} and ${names.at(-1)} may also stand in the metadata of a call. They then apply to that call alone.`,
    groups: {
      call: (reasons) => reasons,
      get: (reasons) => `for \`get\`: ${reasons}`,
      reply: (reasons) => `for \`reply\`: ${reasons}`,
      notSent: (reasons) => `nothing was sent: ${reasons}`,
      unreachable: (reasons) => `no usable answer: ${reasons}`,
      refused: (reasons) => `from DingTalk: ${reasons}`,
    },
  },
  zh: {
    field: "字段",
    variable: "变量",
    required: "必填",
    default: "默认值",
    meaning: "含义",
    yes: "是",
    no: "否",
    reason: "原因",
    reasons: "原因",
    status: "gRPC 状态",
    httpStatus: "HTTP 状态",
    summary: "发生了什么",
    remedy: "怎么办",
    anyOther: "其他",
    comma: "、",
    semicolon: "；",
    note: (text) => `（${text}）`,
    perCall: (names) =>
      `${names.slice(0, -1).join("、")} 和 ${names.at(-1)} 也可以写在调用的元数据里，只对这一次调用生效。`,
    groups: {
      call: (reasons) => reasons,
      get: (reasons) => `\`get\` 时：${reasons}`,
      reply: (reasons) => `\`reply\` 时：${reasons}`,
      notSent: (reasons) => `没有发送：${reasons}`,
      unreachable: (reasons) => `没有得到可用的应答：${reasons}`,
      refused: (reasons) => `来自钉钉：${reasons}`,
    },
  },
};
