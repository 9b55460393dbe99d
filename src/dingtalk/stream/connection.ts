import { createRequire } from "node:module";
import type { WebSocket } from "ws";
import type { Clock } from "../../base/clock.ts";
import { errorCodeOf } from "../../base/error-code.ts";
import type { Secret } from "../../base/secret.ts";
import { ProxyError } from "../tunnel.ts";
import { type Dialling, dial } from "./dial.ts";
import type { EndReason } from "./loop-types.ts";
import { heard, look, type Readings, type SignOfLife } from "./sign-of-life.ts";
import { StreamError } from "./stream-error.ts";

const require = createRequire(import.meta.url);
/** Loaded with the first connection, because only one mode of receiving needs it. */
const loadWebSocket = (): typeof WebSocket => require("ws").WebSocket;

/** How long TCP, the proxy, TLS and the upgrade may take together. */
const handshakeTimeoutMs = 10_000;
/** The largest frame. A larger one ends the connection. */
const maxFrameBytes = 1024 * 1024;
/** Answers that the peer has not read. More of them end the connection. */
const maxUnsentBytes = 4 * 1024 * 1024;

/** Hears what happens to one connection: `opened` or `failed` once, and after `opened` once `ended`. */
export interface ConnectionListener {
  opened(): void;
  failed(error: StreamError): void;
  message(bytes: Buffer, isBinary: boolean): void;
  ended(reason: EndReason): void;
}

/** What a connection needs. */
export interface ConnectionDeps {
  readonly clock: Clock;
  /** The proxy for an http(s) address. */
  readonly proxyOf: (target: URL) => URL | undefined;
}

/** One WebSocket, from its handshake to its end, with its timers. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #listener: ConnectionListener;
  readonly #dialling: Dialling;
  #phase: "handshake" | "open" | "closing" | "over" = "handshake";
  #life: SignOfLife | undefined;
  #cancelTimer = (): void => {};

  /**
   * Begins the handshake.
   *
   * @param address of the peer with the ticket
   */
  constructor(address: Secret, listener: ConnectionListener, { clock, proxyOf }: ConnectionDeps) {
    this.#clock = clock;
    this.#listener = listener;
    const target = new URL(address.reveal());
    target.protocol = target.protocol === "wss:" ? "https:" : "http:";
    this.#dialling = dial(target, proxyOf(target));
    this.#socket = new (loadWebSocket())(address.reveal(), {
      ...this.#dialling.options,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      // A text that is not UTF-8 is one bad frame; ws would end the connection for it.
      skipUTF8Validation: true,
    });
    this.#listen();
    this.#cancelTimer = clock.after(handshakeTimeoutMs, () => {
      this.#fail("the handshake took more than 10 s");
    });
  }

  /** Sends a text if the connection is open. An error while sending is an end of the connection. */
  send(text: string): void {
    this.#attempt(() => this.#socket.send(text, this.#onSent));
    if (this.#socket.bufferedAmount > maxUnsentBytes) this.#end("closed");
  }

  /**
   * Sends a close frame and takes no more messages.
   *
   * @param timeoutMs how long the peer may take to close
   */
  close(timeoutMs: number): void {
    if (this.#phase !== "open") {
      this.terminate();
      return;
    }
    this.#cancelTimer();
    this.#attempt(() => this.#socket.close(1000));
    this.#phase = "closing";
    this.#cancelTimer = this.#clock.after(timeoutMs, () => this.#end("closed"));
  }

  /** Closes the socket at once. */
  terminate(): void {
    if (this.#phase === "handshake") this.#fail("given up");
    else this.#end("closed");
  }

  readonly #onSent = (error?: Error | null): void => {
    if (error) this.#end("closed");
  };

  #attempt(action: () => void): void {
    if (this.#phase !== "open" || this.#socket.readyState !== this.#socket.OPEN) return;
    try {
      action();
    } catch {
      this.#end("closed");
    }
  }

  /** All listeners are there before `open`: a frame may come together with the upgrade. */
  #listen(): void {
    const socket = this.#socket;
    socket.on("message", (data, isBinary) => {
      this.#hear();
      // ws gives a Buffer as long as binaryType is not changed.
      if (this.#phase === "open" && Buffer.isBuffer(data)) this.#listener.message(data, isBinary);
    });
    socket.on("ping", () => this.#hear());
    socket.on("pong", () => this.#hear());
    socket.on("open", () => this.#open());
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      this.#fail(`the handshake was answered with HTTP ${response.statusCode}`);
    });
    socket.on("error", (error) => this.#break(error));
    socket.on("close", () => this.#break());
  }

  #open(): void {
    if (this.#phase !== "handshake") return;
    this.#cancelTimer();
    this.#phase = "open";
    this.#life = heard(this.#readings());
    this.#listener.opened();
    this.#look();
  }

  #readings(): Readings {
    return { elapsedMs: this.#clock.elapsed(), wallMs: this.#clock.now() };
  }

  #hear(): void {
    if (this.#life !== undefined) this.#life = heard(this.#readings(), this.#life.lookedAt);
  }

  #look(): void {
    if (this.#phase !== "open" || this.#life === undefined) return;
    const decision = look(this.#life, this.#readings());
    if (decision.type === "judge") {
      this.#judge(this.#life);
      return;
    }
    this.#life = decision.life;
    if (decision.type === "ping") this.#attempt(() => this.#socket.ping(this.#onSent));
    this.#cancelTimer = this.#clock.after(decision.lookInMs, () => this.#look());
  }

  /** Gives the event loop two turns: the first may have begun before the socket was readable. */
  #judge(life: SignOfLife): void {
    const judge = (): void => {
      if (this.#life === life) this.#end("no-pong");
      else this.#look();
    };
    setImmediate(() => setImmediate(judge));
  }

  /** `error` and `close` may both come, in either order. The first one counts. */
  #break(error?: Error): void {
    if (this.#phase !== "handshake") {
      this.#end("closed");
      return;
    }
    const problem = error instanceof ProxyError ? error.message : undefined;
    this.#fail(problem ?? `no connection to the stream's host: ${errorCodeOf(error, "closed")}`);
  }

  #fail(problem: string): void {
    if (this.#phase !== "handshake") return;
    this.#finish();
    this.#listener.failed(new StreamError("handshake", problem));
  }

  #end(reason: EndReason): void {
    if (this.#phase !== "open" && this.#phase !== "closing") return;
    this.#finish();
    this.#listener.ended(reason);
  }

  #finish(): void {
    this.#phase = "over";
    this.#cancelTimer();
    this.#dialling.giveUp();
    this.#socket.terminate();
  }
}
