import { connect } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signCallback } from "../../src/dingtalk/callback.ts";
import { freePort } from "../daprd/support/ports.ts";
import { callback, json, startGateway, system } from "../dingtalk/stream/support/gateway.ts";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
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

type App = Parameters<typeof answerEvents>[1];

/** Apps that hand back what they got. */
const apps: readonly App[] = [
  ({ data }) => ({ response_data: data }),
  ({ data }) => ({ response_error: { message: data.toString() } }),
  ({ data }) => ({ response_data: Buffer.from(`heard ${data}`) }),
  ({ data }) => ({ response_data: Buffer.from(JSON.stringify({ msgtype: `${data}` })) }),
];

/** Hosts of session webhooks that hand back what they got. */
const hosts: readonly Answer[] = [
  acceptMessage,
  (response, { query, body }) =>
    jsonAnswer({ errcode: 310000, errmsg: `${query} ${body}` })(response, { query, body } as never),
  (response, { query, body }) => response.writeHead(500).end(`${query} ${body}`),
  (response, { query }) => response.writeHead(302, { location: `http://h/?${query}` }).end(),
];

/** A process with one component for each way of receiving, and a daprd that reads from both. */
async function startReceiving() {
  const state: { app: App; host: Answer } = { app: () => ({}), host: acceptMessage };
  const host = await startRobot((response, post) => state.host(response, post));
  const gateway = await startGateway();
  const [port, metricsPort] = [await freePort(), await freePort()];
  const folder = await tempFolder();
  const running = run(["serve"], {
    ...{ DAPR_COMPONENTS_SOCKETS_FOLDER: folder, LOG_LEVEL: "trace" },
    ...{ DINGTALK_CALLBACK_PORT: `${port}`, DINGTALK_METRICS_PORT: `${metricsPort}` },
  });
  await running.says("ready for daprd");
  const socket = join(folder, "dingtalk.webhook.sock");
  const [http, stream] = [new DaprdClient(socket, "http"), new DaprdClient(socket, "stream")];
  const { origin } = new URL(host.url);
  const common = { answers: "text", redeliver: "0", retries: "0", allowedSessionHosts: origin };
  const initHttp = (clientSecret: string, callbackToken: string) =>
    http.init({ ...common, id: "http", receive: "http", clientSecret, callbackToken });
  const own = { ...common, id: "stream", receive: "stream", clientId: "dingabc" };
  const initStream = (clientSecret: string) =>
    stream.init({ ...own, gatewayUrl: gateway.url.href, clientSecret });
  await initHttp("first-secret", "first-token");
  await initStream("first-secret");
  for (const daprd of [http, stream]) answerEvents(daprd.read(), (event) => state.app(event));
  await gateway.socket(1);
  const post = (headers: Record<string, string>, body: string) =>
    fetch(`http://127.0.0.1:${port}/callback/http`, { method: "POST", headers, body });
  const scrape = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return { running, gateway, http, origin, state, initHttp, initStream, post, scrape };
}

describe("the output of a process that receives", () => {
  const given = fc.record({
    ...{ clientSecret: confidential, callbackToken: confidential, ticket: confidential },
    ...{ session: confidential, text: confidential, senderNick: confidential },
    ...{ conversationTitle: confidential, wrongSign: confidential },
  });

  test("never holds a secret, ticket, signature, session, text or name", async () => {
    const parts = await startReceiving();
    const { running, gateway, http, origin, state, initHttp, initStream, post, scrape } = parts;
    const errors: string[] = [];
    const collect = (call: Promise<unknown>): Promise<unknown> =>
      call.catch((error: Error) => errors.push(`${error.message} ${error.stack}`));
    const everyValue = new Set<string>();
    let number = 0;

    await fc.assert(
      fc.asyncProperty(
        given,
        fc.constantFrom(...apps),
        fc.constantFrom(...hosts),
        async (...row) => {
          const [values, app, host] = row;
          const { clientSecret, callbackToken, ticket, session, text, wrongSign, ...names } =
            values;
          Object.assign(state, { app, host });
          number += 1;
          const sessionWebhook = `${origin}/robot/sendBySession?session=${encodeURIComponent(session)}`;
          const messageOf = (msgId: string, more: object = {}) => ({
            ...{ msgId: `${msgId}${number}`, msgtype: "text", text: { content: text } },
            ...{ sessionWebhook, ...names, ...more },
          });
          const timestamp = `${Date.now()}`;
          const sign = signCallback(timestamp, clientSecret);
          const refused = `${clientSecret}-refused`;
          // The answer depends on the secret: the refused stream may come once more at any moment.
          gateway.answer = (response, { body }) =>
            body.clientSecret === clientSecret
              ? json(response, 200, { endpoint: gateway.url.href.replace("http", "ws"), ticket })
              : json(response, 401, { code: "authFailed", message: `no ${body.clientSecret}` });
          await initStream(refused);
          await eventually(() => gateway.opens.at(-1)?.body.clientSecret === refused || undefined);
          const before = gateway.sockets.length;
          await initStream(clientSecret);
          await initHttp(clientSecret, callbackToken);

          await post({ timestamp, sign }, JSON.stringify(messageOf("signed")));
          await post({ token: callbackToken }, JSON.stringify(messageOf("token")));
          await post(
            { token: callbackToken },
            JSON.stringify(messageOf("a", { errorCode: 20001 })),
          );
          const elsewhere = { sessionWebhook: `https://h.example/${encodeURIComponent(session)}` };
          await post({ token: callbackToken }, JSON.stringify(messageOf("else", elsewhere)));
          await post({ token: callbackToken }, `{"text":${JSON.stringify(text)}`);
          await post({ token: callbackToken }, JSON.stringify({ encrypt: text }));
          await post({ timestamp, sign: encodeURIComponent(wrongSign) }, text);
          await post({ token: encodeURIComponent(wrongSign) }, text);
          const { send, texts } = await gateway.socket(before + 1);
          send(callback("f", messageOf("stream")));
          send(callback("g", JSON.stringify(text).slice(1)));
          send(text);
          send(system("ping"));
          await eventually(() => texts.some((one) => one.includes('"ping"')) || undefined);
          const message = JSON.stringify({ msgtype: "text", text: { content: text } });
          const replyTo = (metadata: Record<string, string>, data = message) =>
            collect(http.invoke("reply", data, { metadata }));
          await replyTo({ msgId: `signed${number}` });
          await replyTo({ sessionWebhook });
          await replyTo(elsewhere);
          await replyTo({ sessionWebhook: session });
          await replyTo({ msgId: `signed${number}` }, JSON.stringify(text));
          await collect(http.init({ id: "http", receive: clientSecret }));
          await collect(http.init({ id: "http", receive: "http", callbackMaxAge: clientSecret }));
          await collect(
            http.init({ id: "http", receive: "http", allowedSessionHosts: clientSecret }),
          );

          for (const value of [...Object.values(values), sign]) everyValue.add(value);
        },
      ),
      // A failed input is not made smaller: that takes minutes and tells no more.
      { numRuns: 40, endOnFailure: true },
    );
    const figures = await scrape();
    running.child.kill("SIGTERM");
    await running.exit;

    const seen = running.stdout() + running.stderr() + errors.join("\n") + figures;
    expect(seen).toContain("stream refused");
    expect(figures).toMatch(/dingtalk_received_total\{.*via="stream",outcome="accepted"/);
    for (const value of everyValue) {
      expect(seen).not.toContain(value.slice(0, 12));
      expect(seen).not.toContain(value.slice(-12));
      expect(seen).not.toContain(encodeURIComponent(value));
      expect(seen).not.toContain(JSON.stringify(value).slice(1, -1));
    }
  });
});
