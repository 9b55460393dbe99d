import { describe, expect, test } from "vitest";
import { overrideDelivery, parseMetadata } from "../../src/binding/component-config.ts";
import { nearMisses } from "../../src/binding/near-misses.ts";
import { BindingError } from "../../src/dapr/errors.ts";
import { addMentions } from "../../src/dingtalk/add-mentions.ts";
import { InvalidMessageError } from "../../src/dingtalk/errors.ts";
import { parseMessage } from "../../src/dingtalk/message.ts";
import { checkSize } from "../../src/dingtalk/outgoing.ts";
import { parseMentions } from "../../src/dingtalk/parse-mentions.ts";
import { readAnswer } from "../../src/dingtalk/robot-answer.ts";

const { delivery } = parseMetadata({ id: "a", url: "http://127.0.0.1/robot/send?access_token=t" });

interface Call {
  readonly data: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const call = (data: string, metadata: Record<string, string> = {}): Call => ({ data, metadata });

/** What `create` does before it waits for anything, with parts that are as long as they may be. */
function begin({ data, metadata }: Call): void {
  try {
    nearMisses(metadata);
    const message = parseMessage(Buffer.from(data));
    const mentions = parseMentions(metadata);
    checkSize(message, overrideDelivery({ ...delivery, oversize: "split" }, metadata));
    addMentions(message, mentions);
  } catch (error) {
    if (!(error instanceof InvalidMessageError || error instanceof BindingError)) throw error;
  }
}

const pieces = [
  ...["{", "[", '"', "'", "\\", "\\[", '\\"', "`", "```\n", "~~~\n", "/*", "//", "/**/", "*"],
  ...["@", "@1 ", "@1", "\n", " ", "\t", ",", ":", ".", "-", "=", "e", "9", "9s", "1ms1", "9."],
  ...['{"a":', "[1,", "msgtype", "msgtype:", "{msgtype", "text:{", 'text":  ', "text text:", "ey"],
  ...["\u0000", "\u202e", "\u2028", "汉", "😀", "\ud800", "_", "S"],
];

const quoted = (value: unknown): string => JSON.stringify(value);
const message = (body: object): string =>
  quoted({ msgtype: "text", text: { content: "x" }, ...body });
const ids = (long: string, most = 7): string[] =>
  Array.from({ length: Math.ceil(long.length / most) }, (_, index) =>
    long.slice(index * most, (index + 1) * most),
  );

/** Each place at which a text from outside can stand. */
const places: Readonly<Record<string, (long: string) => Call>> = {
  data: (long) => call(long),
  "the data after a brace": (long) => call(`{${long}`),
  "the data after a comment": (long) => call(`/*${long}*/{${long}`),
  "a JSON string": (long) => call(quoted(long)),
  "a JSON string after a brace": (long) => call(quoted(`{${long}`)),
  "a broken message": (long) => call(`{'msgtype':'text',${long}`),
  "a string of a lenient message": (long) => call(`{'msgtype':'text','text':{'content':'${long}`),
  "a string of a broken message": (long) => call(`{"msgtype":"text","text":{"content":"${long}`),
  base64: (long) => call(quoted(Buffer.from(`{"msgtype":${long}`).toString("base64"))),
  bytes: (long) => call(quoted(Buffer.from(long))),
  msgtype: (long) => call(message({ msgtype: long })),
  "text.content": (long) => call(message({ text: { content: long } }), { atMobiles: "1,2,33" }),
  "markdown.text": (long) =>
    call(message({ msgtype: "markdown", markdown: { title: long, text: long } }), {
      atUserIds: "a,bb,ccc",
    }),
  "actionCard.text": (long) =>
    call(message({ msgtype: "actionCard", actionCard: { text: long } }), { atMobiles: "1" }),
  "feedCard.links": (long) =>
    call(message({ msgtype: "feedCard", feedCard: { links: ids(long) } })),
  "at.atMobiles": (long) => call(message({ at: { atMobiles: ids(long) } }), { atMobiles: "1" }),
  "the name of a field": (long) =>
    call(message({ [long]: 1, text: { [long]: 1 }, at: { [long]: 1 } })),
  "the names of fields": (long) =>
    call(
      message({ at: Object.fromEntries(ids(long, 24).map((id, index) => [`a${id}${index}`, 1])) }),
    ),
  "the name of metadata": (long) => call("x", { [long]: "1" }),
  "metadata atMobiles": (long) => call("x", { atMobiles: long }),
  "metadata atUserIds": (long) => call("@a ".repeat(1000), { atUserIds: long }),
  "short metadata atUserIds": (long) =>
    call("@a ".repeat(9000), { atUserIds: long.slice(-19_000) }),
  "metadata isAtAll": (long) => call("x", { isAtAll: long }),
  "metadata maxWait": (long) => call("x", { maxWait: long }),
  "metadata overflow": (long) => call("x", { overflow: long }),
  "metadata retries": (long) => call("x", { retries: long }),
  "metadata ttlInSeconds": (long) => call("x", { ttlInSeconds: long }),
};

/** UTF-16 units of the shorter text. */
const length = 12_000;

function timeOf(given: Call): number {
  const start = performance.now();
  begin(given);
  return performance.now() - start;
}

/**
 * Whether four times the text takes about four times as long. Squares would take sixteen times. Of
 * five measurements one has to be right, since other programs hold the processor as well.
 */
function growsLinearly(place: (long: string) => Call, piece: string): boolean {
  const text = piece.repeat(Math.ceil(length / piece.length));
  const [short, long] = [place(text), place(text.repeat(4))];
  return [1, 2, 3, 4, 5].some(() => {
    const [one, four] = [timeOf(short), timeOf(long)];
    return four < 25 || four < one * 10;
  });
}

describe("the time before create waits grows linearly with", () => {
  test.each(Object.entries(places))("%s", (_name, place) => {
    const slow = pieces.filter((piece) => !growsLinearly(place, piece));

    expect(slow).toEqual([]);
  });
});

describe("a text from outside", () => {
  test.each([
    ["brackets", "[".repeat(9000), "]".repeat(9000)],
    ["objects", '{"a":'.repeat(9000), `1${"}".repeat(9000)}`],
  ])("of 9,000 %s is refused as a message", (_case, opening, closing) => {
    const deep = `{"msgtype":"later","later":${opening}${closing}}`.replace("[]", "[1]");

    expect(() => parseMessage(Buffer.from(deep))).toThrow(InvalidMessageError);
  });

  test("of 9,000 levels in an answer does not hide a throttle", () => {
    const body = `{"errcode":130101,"errmsg":"too fast","x":${"[".repeat(9000)}${"]".repeat(9000)}}`;

    const answer = {
      status: 200,
      body,
      date: undefined,
      location: undefined,
      retryAfter: undefined,
    };
    const url = new URL("https://oapi.dingtalk.com/robot/send");

    expect(readAnswer(answer, { url, nowMs: 0 })?.refusal.kind).toBe("throttled");
  });

  test("of 250,000 ids is refused unread", () => {
    const atMobiles = Array.from({ length: 250_000 }, (_, index) => index).join(",");

    expect(() => parseMentions({ atMobiles })).toThrow(
      expect.objectContaining({ field: "atMobiles", reason: "invalid-message" }),
    );
  });
});
