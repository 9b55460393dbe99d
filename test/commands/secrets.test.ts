import { connect } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DaprdClient } from "../support/daprd-client.ts";
import { run } from "../support/process.ts";
import { type Answer, acceptMessage, jsonAnswer, startRobot } from "../support/robot.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Texts that are long enough not to appear in another text by chance. */
const confidential = fc.string({ minLength: 12, maxLength: 40, unit: "grapheme-ascii" }).filter(
  // Values are trimmed. Punctuation of JSON alone may appear in any log line.
  (text) => text.trim() === text && /[A-Za-z0-9]{4}/.test(text),
);

/** Answers of a robot, and connections without an answer, that try to reveal every secret. */
const answers: readonly Answer[] = [
  acceptMessage,
  (response, { query, body }) => {
    const errmsg = `sign not match ${[...query.values()].join(" ")} ${body}`;
    jsonAnswer({ errcode: 310000, errmsg })(response, { query, body } as never);
  },
  (response, post) =>
    jsonAnswer({ errcode: 999, errmsg: `https://h/?${post.query} ${post.body}` })(response, post),
  (response, post) => jsonAnswer({ errcode: 998, errmsg: `got ${post.body}` })(response, post),
  (response, post) =>
    jsonAnswer({ errcode: 997, errmsg: `token ${post.query.get("access_token")}` })(response, post),
  // The texts that are shown end within the token, the signature and the message.
  (response, post) =>
    jsonAnswer({ errcode: 996, errmsg: "e".repeat(185) + post.query.get("access_token") })(
      response,
      post,
    ),
  (response, post) =>
    jsonAnswer({ errcode: 995, errmsg: "e".repeat(185) + post.query.get("sign") })(response, post),
  (response, post) =>
    jsonAnswer({ errcode: 994, errmsg: "e".repeat(185) + JSON.parse(post.body).text.content })(
      response,
      post,
    ),
  (response, post) =>
    jsonAnswer({ errcode: 993, errmsg: `\u202e${post.query.get("access_token")}\u202c` })(
      response,
      post,
    ),
  (response, { body, query }) => response.end(`<html>${body} ${query}</html>`),
  (response, { query, body }) => {
    response.writeHead(302, { location: `http://h/?${query}`, "x-body": encodeURIComponent(body) });
    response.end();
  },
  (response) => response.writeHead(500).end("oops"),
  (response) => response.socket?.destroy(),
  (response, { body }) => response.socket?.end(`HTTP/9 ${body}\r\n\r\n`),
];

describe("the output of the process", () => {
  const undelayed = { retries: "0", messagesPerMinute: "0" };

  test("never holds a URL, token, secret, signature or message", async () => {
    let answer: Answer = acceptMessage;
    const robot = await startRobot((response, post) => answer(response, post));
    const folder = await tempFolder();
    const running = run(["serve"], {
      DAPR_COMPONENTS_SOCKETS_FOLDER: folder,
      LOG_LEVEL: "trace",
      DINGTALK_SHUTDOWN_GRACE: "1s",
    });
    await running.says("ready for daprd");
    const socket = join(folder, "dingtalk.webhook.sock");
    const daprd = new DaprdClient(socket);
    const origin = new URL(robot.url).origin;
    const errors: string[] = [];
    const signatures = new Set<string>();
    const collect = (call: Promise<unknown>): Promise<unknown> =>
      call.catch((error: Error) => errors.push(`${error.message} ${error.stack}`));

    await fc.assert(
      fc.asyncProperty(
        fc.record({ token: confidential, secret: confidential, message: confidential }),
        fc.constantFrom(...answers),
        fc.constantFrom("http:", "https:", "broken:"),
        async ({ token, secret, message }, nextAnswer, scheme) => {
          answer = nextAnswer;
          const address = `${origin.replace("http:", scheme)}/robot/send?access_token=${encodeURIComponent(token)}`;
          const written = running.stdout().length;
          const errorsBefore = errors.length;
          const postsBefore = robot.posts.length;

          await collect(daprd.init({ id: "a", url: address, secret, ...undelayed }));
          await collect(daprd.init({ id: "a", url: token, secret }));
          await collect(daprd.init({ id: "a", url: address, secret, responseTimeout: "x" }));
          await collect(daprd.create({ msgtype: "text", text: { content: message } }));
          await collect(daprd.create({ msgtype: "link", link: { title: message } }));
          await collect(daprd.invoke("create", `{"msgtype":"text","text":{"content":"${message}`));
          await collect(daprd.invoke("create", `[${JSON.stringify(message)}]`));
          await collect(daprd.invoke("get", message, { metadata: { authorization: secret } }));
          await collect(daprd.invoke(`op-${message}`, message));

          for (const { query } of robot.posts.slice(postsBefore)) {
            signatures.add(query.get("sign") ?? "");
          }
          const seen = running.stdout().slice(written) + errors.slice(errorsBefore).join("\n");
          for (const value of [token, secret, message]) {
            expect(seen).not.toContain(value.slice(0, 12));
            expect(seen).not.toContain(value.slice(-12));
            expect(seen).not.toContain(encodeURIComponent(value));
            expect(seen).not.toContain(JSON.stringify(value).slice(1, -1));
          }
        },
      ),
      { numRuns: 120 },
    );
    connect(socket)
      .on("error", () => {})
      .end("no preface of HTTP/2, but a text")
      .resume();
    running.child.kill("SIGTERM");
    await running.exit;

    const everything = running.stdout() + running.stderr() + errors.join("\n");
    signatures.delete("");
    expect(signatures.size).toBeGreaterThan(0);
    for (const signature of signatures) {
      expect(everything).not.toContain(signature.slice(0, 12));
      expect(everything).not.toContain(encodeURIComponent(signature));
    }
    expect(everything).not.toMatch(/https?:\/\//);
    expect(running.stderr()).toBe("");
  });
});
