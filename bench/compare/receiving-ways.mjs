// DingTalk, as the bench plays it: it posts signed callbacks and pushes frames on a stream, and knows
// when an event is done.
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { text } from "node:stream/consumers";
import { WebSocketServer } from "ws";
import { built } from "../simulate/built.mjs";

/**
 * @typedef {object} Way on which events go to the app
 * @property {(msgId: string) => Promise<void>} send resolves when DingTalk's side has its answer
 */

const { signCallback } = /** @type {typeof import("../../src/dingtalk/callback.ts")} */ (
  await built("src/dingtalk/callback")
);
const { messageFrame } = /** @type {typeof import("../../sandbox/stream/frames.ts")} */ (
  await built("sandbox/stream/frames")
);

export const clientId = "dingbench";
export const clientSecret = "bench-client-secret";

/**
 * An app that accepts every event and counts them.
 *
 * @returns {Promise<{ port: number, events: () => number, close: () => void }>}
 */
export async function startApp() {
  let events = 0;
  const server = createServer(async (incoming, response) => {
    await text(incoming);
    if (incoming.method === "POST") events += 1;
    response.end();
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server);
  return { port, events: () => events, close: () => closeServer(server) };
}

/**
 * @param {number} port
 * @param {string} path
 * @returns {Way}
 */
export function callbackWay(port, path) {
  const agent = new Agent({ keepAlive: true });
  return {
    send(msgId) {
      const timestamp = `${Date.now()}`;
      const headers = {
        "content-type": "application/json; charset=utf-8",
        timestamp,
        sign: signCallback(timestamp, clientSecret),
      };
      return new Promise((resolve, reject) => {
        const call = request({ port, path, method: "POST", agent, headers }, (response) => {
          response.resume().on("end", () => {
            if (response.statusCode === 200) resolve();
            else reject(new Error(`a callback was answered with ${response.statusCode}`));
          });
        });
        call.on("error", reject).end(messageOf(msgId));
      });
    },
  };
}

/**
 * A gateway of streams.
 *
 * @returns {Promise<Way & { url: string, connected: Promise<void>, close: () => void }>}
 */
export async function startGateway() {
  /** @type {Map<string, (code: number) => void>} */
  const waiting = new Map();
  /** @type {import("ws").WebSocket | undefined} */
  let stream;
  const server = createServer((incoming, response) => {
    incoming.resume();
    const endpoint = `ws://${incoming.headers.host}/connect`;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ endpoint, ticket: "bench" }));
  });
  const sockets = new WebSocketServer({ server });
  /** @type {Promise<void>} */
  const connected = new Promise((resolve) => {
    sockets.on("connection", (socket) => {
      stream = socket;
      socket.on("message", (frame) => {
        const { headers, code } = JSON.parse(`${frame}`);
        waiting.get(headers.messageId)?.(code);
      });
      resolve();
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    connected,
    async send(msgId) {
      const facts = { messageId: msgId, clientId, connectionId: "bench", now: Date.now() };
      /** @type {Promise<number>} */
      const acked = new Promise((resolve) => waiting.set(msgId, resolve));
      stream?.send(messageFrame({ ...facts, data: messageOf(msgId) }));
      const code = await acked;
      waiting.delete(msgId);
      if (code !== 200) throw new Error(`a frame was answered with ${code}`);
    },
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      closeServer(server);
    },
  };
}

/**
 * A message as DingTalk sends it.
 *
 * @param {string} msgId
 */
function messageOf(msgId) {
  return JSON.stringify({
    conversationId: "cid-bench",
    conversationType: "2",
    chatbotUserId: "bench",
    msgId,
    senderNick: "Bench",
    senderStaffId: "bench-1",
    sessionWebhook: "https://oapi.dingtalk.com/robot/sendBySession?session=bench",
    sessionWebhookExpiredTime: Date.now() + 5_400_000,
    createAt: Date.now(),
    robotCode: clientId,
    msgtype: "text",
    text: { content: ` is disk db-7 full? ${msgId}` },
  });
}

/**
 * @param {import("node:http").Server} server
 * @returns {Promise<number>}
 */
async function listen(server) {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

/** @param {import("node:http").Server} server */
function closeServer(server) {
  server.closeAllConnections();
  server.close();
}
