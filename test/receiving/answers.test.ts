import { describe, expect, test } from "vitest";
import { type AnswerMode, judgeAnswer } from "../../src/receiving/answers.ts";

const message = '{"msgtype":"text","text":{"content":"hi"}}';
const modes = ["messages", "text", "none"] as const;

type Expected = "silent" | "not-a-message" | { readonly data: string };

/** What is said of a body, in short: the data of the message, or the kind of silence. */
function judge(body: string | Buffer, mode: AnswerMode): Expected | "too-large" {
  const said = judgeAnswer(Buffer.from(body), mode);
  return said.kind === "message" ? { data: Buffer.from(said.data).toString() } : said.kind;
}

const silent = { messages: "silent", text: "silent", none: "silent" } as const;
const noMessage = { ...silent, messages: "not-a-message", text: "not-a-message" } as const;
const said = (data: string) => ({ messages: { data }, text: { data }, none: "silent" }) as const;
const saidAsText = (data: string) => ({ ...noMessage, text: { data } }) as const;
const textOf = (content: string): string => JSON.stringify({ msgtype: "text", text: { content } });

const cells: readonly [string, string, Readonly<Record<AnswerMode, Expected>>][] = [
  ["nothing", "", silent],
  ["blanks", " \r\n\t", silent],
  ["null", "null", silent],
  ["an empty object", " {} ", silent],
  ["the empty message", '{"msgtype":"empty"}', silent],
  ["a message", message, said(message)],
  ["a message behind a byte order mark", `\ufeff${message}`, said(message)],
  [
    "a message that is nearly JSON",
    "{msgtype:'text',text:{content:'hi'}}",
    said("{msgtype:'text',text:{content:'hi'}}"),
  ],
  ["a JSON string", '"hello"', saidAsText(textOf("hello"))],
  ["a blank JSON string", '" "', silent],
  ["a list", "[]", noMessage],
  ["a list of messages", `[${message}]`, noMessage],
  ["a number", "1", noMessage],
  ["true", "true", noMessage],
  ["an object without msgtype", '{"success":true}', noMessage],
  ["an object whose msgtype is no text", '{"msgtype":1}', noMessage],
  ["plain text", "CID1", saidAsText("CID1")],
  ["plain text in Chinese", "一切正常", saidAsText("一切正常")],
  ["OK", "OK", noMessage],
  ["OK with a line break", "OK\n", noMessage],
  ["Created", "Created", noMessage],
  ["Accepted", "Accepted", noMessage],
  ["a sentence that begins with OK", "OK, done", saidAsText("OK, done")],
];

describe("an answer of the app", () => {
  test.each(
    cells.flatMap(([name, body, expected]) =>
      modes.map((mode) => ({ name, body, mode, expected: expected[mode] })),
    ),
  )("that is $name comes to its cell of the table with answers: $mode", (cell) => {
    expect(judge(cell.body, cell.mode)).toEqual(cell.expected);
  });

  test.each(["messages", "text"] as const)("over 1 MiB is too large with answers: %s", (mode) => {
    expect(judge(Buffer.alloc(1024 * 1024 + 1, "x"), mode)).toBe("too-large");
  });

  test("of any size is silent with answers: none", () => {
    expect(judge(Buffer.alloc(1024 * 1024 + 1, "x"), "none")).toBe("silent");
  });
});

/** What frameworks and SDKs write when the handler meant to say nothing. */
const unmeant: readonly [string, string][] = [
  ["Express, res.sendStatus(200)", "OK"],
  ["Express, res.sendStatus(201)", "Created"],
  ["Express, res.sendStatus(202)", "Accepted"],
  ["Express, res.status(200).end()", ""],
  ["Express, res.json({})", "{}"],
  ["Express, res.json({success: true})", '{"success":true}'],
  ["the JS SDK, whatever the handler returns", ""],
  ["Flask, return '', 200", ""],
  ["Flask, jsonify(success=True)", '{"success":true}\n'],
  ["Dapr's quickstart for Python", '{"success": true}'],
  ["FastAPI, return None", "null"],
  ["FastAPI, return {'status': 'ok'}", '{"status":"ok"}'],
  ["the Go SDK, return nil", "{}"],
  ["net/http of Go, w.WriteHeader(200)", ""],
  ["net/http of Go, json.NewEncoder(w).Encode(struct{}{})", "{}\n"],
  ["ASP.NET, Results.Ok()", ""],
  ["ASP.NET, Ok(new { orderId = 1 })", '{"orderId":1}'],
  ["ASP.NET, ProblemDetails", '{"type":"about:blank","title":"OK","status":200}'],
  ["Spring, ResponseEntity.ok().build()", ""],
];

describe("a body that was not meant to speak", () => {
  test.each(unmeant.flatMap(([name, body]) => modes.map((mode) => [name, mode, body] as const)))(
    "of %s is not said with answers: %s",
    (_name, mode, body) => {
      expect(judge(body, mode)).toMatch(/^(?:silent|not-a-message)$/);
    },
  );

  test("of Dapr's how-to for C#, CID1, is not said by default", () => {
    expect(judge("CID1", "messages")).toBe("not-a-message");
  });
});
