// A bad way to the robot: what can go wrong with a request, before it arrives and after.
import { once } from "node:events";
import { createServer } from "node:http";
import { setImmediate } from "node:timers/promises";
import { Pool } from "undici";

/**
 * @typedef {"reset" | "503" | "busy" | "lost-answer" | "late-answer"} FaultKind
 * @typedef {{ kind: FaultKind, arrives: boolean, share: number }} Fault
 * @typedef {{ status: number, body: string }} Answer
 * @typedef {import("node:http").IncomingMessage} IncomingMessage
 * @typedef {import("node:http").ServerResponse} ServerResponse
 */

/** @type {readonly Fault[]} */
const faults = [
  { kind: "reset", arrives: false, share: 0.03 },
  { kind: "503", arrives: false, share: 0.02 },
  { kind: "busy", arrives: false, share: 0.02 },
  { kind: "lost-answer", arrives: true, share: 0.03 },
  { kind: "late-answer", arrives: true, share: 0.02 },
  { kind: "503", arrives: true, share: 0.02 },
  { kind: "busy", arrives: true, share: 0.02 },
];
/** Longer than anybody waits for an answer, who by default waits for 30 s. */
const lateMs = 45_000;

/**
 * @typedef {object} ProxyOptions
 * @property {string} target such as `http://127.0.0.1:4050`
 * @property {import("./clock.mjs").Clock} clock
 * @property {() => number} random
 * @property {(body: string) => Promise<void>} onArrived before the sender learns of it
 *
 * @typedef {object} FaultyProxy
 * @property {string} url
 * @property {number} requests
 * @property {Record<string, number>} faults how often each befell a request
 * @property {() => Promise<void>} goAway ends all connections and refuses new ones
 * @property {() => Promise<void>} comeBack
 * @property {() => Promise<void>} close
 */

/**
 * @param {ProxyOptions} options
 * @returns {Promise<FaultyProxy>}
 */
export async function startFaultyProxy({ target, clock, random, onArrived }) {
  const pool = new Pool(target);
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  /** @type {FaultyProxy} */
  const proxy = {
    url: `http://127.0.0.1:${port}`,
    requests: 0,
    faults: {},
    ...{ goAway, comeBack, close },
  };
  return proxy;

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  async function serve(request, response) {
    proxy.requests += 1;
    const fault = pickFault(random());
    if (fault) proxy.faults[nameOf(fault)] = (proxy.faults[nameOf(fault)] ?? 0) + 1;
    try {
      const body = await readText(request);
      if (fault && !fault.arrives) return answerFaulty(fault.kind, request, response);
      // What its sender gave up on the way does not arrive.
      await setImmediate();
      if (request.socket.destroyed) return;
      const answer = await forward(pool, request, body);
      await onArrived(body);
      if (!fault) write(response, answer);
      else if (fault.kind === "late-answer") clock.after(lateMs, () => write(response, answer));
      else answerFaulty(fault.kind, request, response);
    } catch {
      // The sender has gone, or the sandbox: the simulation is over.
      response.destroy();
    }
  }

  async function goAway() {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async function comeBack() {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  }

  async function close() {
    server.close();
    server.closeAllConnections();
    await pool.close();
  }
}

/**
 * @param {number} dice from 0 to below 1
 * @returns {Fault | undefined}
 */
function pickFault(dice) {
  let sum = 0;
  return faults.find(({ share }) => {
    sum += share;
    return dice < sum;
  });
}

/** @param {Fault} fault */
function nameOf({ kind, arrives }) {
  return `${kind} ${arrives ? "after" : "before"} arrival`;
}

/** @param {IncomingMessage} request */
async function readText(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

/**
 * @param {Pool} pool
 * @param {IncomingMessage} request
 * @param {string} body
 * @returns {Promise<Answer>}
 */
async function forward(pool, { method = "GET", url = "/", headers }, body) {
  const contentType = headers["content-type"] ?? "";
  const answer = await pool.request({
    method: method === "POST" ? "POST" : "GET",
    path: url,
    headers: { "content-type": contentType },
    body,
  });
  return { status: answer.statusCode, body: await answer.body.text() };
}

/**
 * @param {FaultKind} kind
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 */
function answerFaulty(kind, request, response) {
  if (kind === "reset") request.socket.resetAndDestroy();
  else if (kind === "503") write(response, { status: 503, body: "" });
  else if (kind === "busy")
    write(response, { status: 200, body: '{"errcode":-1,"errmsg":"系统繁忙"}' });
  else request.socket.destroy();
}

/**
 * @param {ServerResponse} response
 * @param {Answer} answer
 */
function write(response, { status, body }) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(body);
}
