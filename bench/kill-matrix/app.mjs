// The app behind the daprds, which keeps what it was given and when it accepted it.
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/**
 * @typedef {object} AppEvent
 * @property {number} number of the message
 * @property {string} room
 * @property {string} msgId
 * @property {number} attempt
 * @property {number} at on the row's clock
 * @property {number | undefined} acceptedAt when the app was done and answered 2xx
 *
 * @typedef {{ status?: number, body?: string | Buffer }} Answer
 * @typedef {(event: AppEvent) => Answer | Promise<Answer>} Behaviour
 */

/** An app as daprd sees it: it can fail, be slow, be unwell, and be down. */
export class App {
  /** @type {AppEvent[]} */
  events = [];
  /** @type {Behaviour} */
  behaviour = () => ({});
  isHealthy = true;
  port = 0;
  #server = createServer();
  /** @type {import("./clock.mjs").Clock} */
  #clock;

  /** @param {import("./clock.mjs").Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /** Listens, after {@link goDown} on the same port as before. */
  async comeUp() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    await once(this.#server.listen(this.port, "127.0.0.1"), "listening");
    const address = this.#server.address();
    if (typeof address === "object" && address !== null) this.port = address.port;
  }

  /** Refuses connections and ends the open ones, as a process that was killed. */
  async goDown() {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  async #answer(request, response) {
    if (request.url === "/healthz") {
      response.writeHead(this.isHealthy ? 200 : 503).end();
      return;
    }
    const body = await text(request);
    if (request.method !== "POST") {
      response.writeHead(request.method === "OPTIONS" ? 200 : 404).end();
      return;
    }
    const event = this.#eventOf(request.url ?? "", request.headers, body);
    this.events.push(event);
    const { status = 200, body: answer = "" } = await this.behaviour(event);
    // Whether anybody still waits for the answer does not change what the app has done.
    if (status < 300) event.acceptedAt = this.#clock.elapsed();
    response.writeHead(status).end(answer);
  }

  /**
   * @param {string} path
   * @param {import("node:http").IncomingHttpHeaders} headers
   * @param {string} body
   * @returns {AppEvent}
   */
  #eventOf(path, headers, body) {
    const { text: said, msgId } = JSON.parse(body);
    return {
      number: Number(/\d+/.exec(said.content)?.[0]),
      room: path.slice(1),
      msgId,
      attempt: Number(headers.attempt),
      at: this.#clock.elapsed(),
      acceptedAt: undefined,
    };
  }
}

/** A promise that is resolved from outside. */
export function gate() {
  /** @type {(value?: unknown) => void} */
  let open = () => {};
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  return { open, opened };
}
