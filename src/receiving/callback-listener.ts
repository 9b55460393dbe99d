import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { BoundedServer, type HttpAnswer, type ServerAddress } from "../base/bounded-server.ts";
import type { Clock } from "../base/clock.ts";
import { isObject, parseJson } from "../base/json.ts";
import type { CallbackReceipt, CallbackReceiver, Callbacks } from "./callbacks.ts";
import { NotJsonError, type ReceivedMessage, readMessage } from "./received-message.ts";

const limits = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  // A proxy in front keeps its connections for a minute. It must be the first to close one.
  keepAliveTimeout: 65_000,
  mostConnections: 1000,
};
const mostBodyBytes = 256 * 1024;
/** DingTalk gives up after 2.5 s. */
const answerWithinMs = 2000;

const jsonType = { "content-type": "application/json" };
const close = { connection: "close" };
const says = (body: string | Buffer): HttpAnswer => ({ status: 200, body, headers: jsonType });
const saysNothing = says('{"msgtype":"empty"}');
const notFound: HttpAnswer = { status: 404, headers: close };
const forbidden: HttpAnswer = { status: 403, headers: close };
const badRequest: HttpAnswer = { status: 400, headers: close };
const tooLarge: HttpAnswer = { status: 413, headers: close };
const later: HttpAnswer = { status: 503, headers: { "retry-after": "60" } };

/** Takes DingTalk's callbacks: `POST /callback/<id>`, plain HTTP behind a proxy that ends TLS. */
export class CallbackListener {
  readonly #callbacks: Callbacks;
  readonly #clock: Clock;
  readonly #server: BoundedServer;
  /** The latest answer on each connection. */
  readonly #answers = new WeakMap<Socket, Promise<HttpAnswer>>();

  constructor(callbacks: Callbacks, clock: Clock) {
    this.#callbacks = callbacks;
    this.#clock = clock;
    this.#server = new BoundedServer(limits, (request) => this.#answerInTurn(request));
  }

  /** @throws {PortError} if the port cannot be used */
  async listen(address: ServerAddress): Promise<void> {
    await this.#server.listen("callback", address);
  }

  /** Ends every connection and stops to listen. */
  async close(): Promise<void> {
    await this.#server.close();
  }

  /** Node reads requests ahead. One behind an answer that closes the connection must do nothing. */
  #answerInTurn(request: IncomingMessage): Promise<HttpAnswer> {
    const { socket } = request;
    const last = this.#answers.get(socket);
    const answer =
      last?.then((before) => (closes(before) ? before : this.#answer(request))) ??
      this.#answer(request);
    this.#answers.set(socket, answer);
    return answer;
  }

  async #answer(request: IncomingMessage): Promise<HttpAnswer> {
    const answerBy = this.#clock.elapsed() + answerWithinMs;
    const { method = "", url = "", headers } = request;
    const id = idIn(url);
    if (id === undefined) return notFound;
    const receivers = this.#callbacks.find(id);
    if (receivers.length === 0) {
      this.#callbacks.miss();
      return notFound;
    }
    if (method === "GET" || method === "HEAD") return { status: 200 };
    if (method !== "POST") return { status: 405, headers: { ...close, allow: "GET, HEAD, POST" } };
    if (this.#callbacks.isStopping) return { ...later, headers: { ...later.headers, ...close } };
    const [timestamp, sign, token] = ["timestamp", "sign", "token"].map((name) =>
      textOf(headers[name]),
    );
    // Whoever proves nothing has no body read.
    const receiver = this.#callbacks.admit(receivers, { timestamp, sign, token });
    if (receiver === undefined) return forbidden;
    const body = await readBody(request);
    if (body === undefined) return tooLarge;
    const message = this.#read(receiver, body);
    if (message === undefined) return badRequest;
    return await this.#deliver(receiver, message, answerBy);
  }

  #read(receiver: CallbackReceiver, body: Buffer): ReceivedMessage | undefined {
    try {
      if (!isEncrypted(body)) return readMessage(body, receiver.robot, "http");
      this.#callbacks.refuse(receiver, { reason: "encrypted" });
    } catch (error) {
      if (!(error instanceof NotJsonError)) throw error;
      this.#callbacks.refuse(receiver, { reason: "not-json" });
    }
    return undefined;
  }

  /** Answers when the message is accepted, or by the state of the message when the time is up. */
  async #deliver(
    receiver: CallbackReceiver,
    message: ReceivedMessage,
    answerBy: number,
  ): Promise<HttpAnswer> {
    const receipt = receiver.receive(message);
    const inTime = new AbortController();
    return await new Promise((resolve, reject) => {
      const cancel = this.#clock.after(Math.max(answerBy - this.#clock.elapsed(), 0), () => {
        inTime.abort();
        resolve(receipt.isTaken() ? saysNothing : later);
      });
      const hasSession = message.session !== undefined;
      const answered = hasSession ? answerOf(receipt) : answerWith(receipt, inTime.signal);
      answered.finally(cancel).then(resolve, reject);
    });
  }
}

async function answerOf(receipt: CallbackReceipt): Promise<HttpAnswer> {
  return (await receipt.accepted) ? saysNothing : later;
}

/** Only the response can say something to a message without a session. */
async function answerWith(receipt: CallbackReceipt, isOver: AbortSignal): Promise<HttpAnswer> {
  if (!(await receipt.accepted)) return later;
  const answer = await receipt.answer;
  if (answer !== undefined && isOver.aborted) receipt.missed(answer);
  const said = answer === undefined || isOver.aborted ? undefined : receipt.respond(answer);
  return said === undefined ? saysNothing : says(said);
}

/** The decoded id in `/callback/<id>`; undefined for another path. */
function idIn(url: string): string | undefined {
  const [, encoded] = /^\/callback\/([^/?#]+)(?:[?#]|$)/.exec(url) ?? [];
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function closes({ headers }: HttpAnswer): boolean {
  return headers?.connection === "close";
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}

/** The whole body; undefined if it is larger than the listener takes. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > mostBodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The connection has to live on for the answer 413.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > mostBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Whether a body is encrypted as the bodies of event subscriptions are. */
function isEncrypted(body: Buffer): boolean {
  // A small look first: most bodies need not be parsed twice.
  if (!body.includes('"encrypt"')) return false;
  const value = parseJson(body.toString());
  return isObject(value) && typeof value.encrypt === "string" && value.msgId === undefined;
}
