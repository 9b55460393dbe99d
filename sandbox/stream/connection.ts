import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Clock } from "../../src/base/clock.ts";
import { robotTopic } from "../../src/dingtalk/stream/frames.ts";
import type { Connection as ConnectionState } from "../api/types.ts";
import type { Timers } from "../timers.ts";
import { newMessageId, systemFrame } from "./frames.ts";
import type { OpenFacts } from "./tickets.ts";

const pingIntervalMs = 30_000;
/** How long DingTalk lets a connection be after its disconnect frame: without and with traffic. */
const closeAfterSilenceMs = 10_000;
const closeAtLatestMs = 15_000;

/** The WebSocket of a connection and what lies under it. */
export interface Wire {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly remoteAddress: string;
}

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** A text that the program sent. */
  onText(connection: StreamConnection, text: string): void;
  /** The state changed, or the connection is closed. */
  onChange(connection: StreamConnection): void;
}

interface ConnectionDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly events: ConnectionEvents;
}

/** One connection of a robot's program, as DingTalk's side sees it. */
export class StreamConnection {
  readonly id = randomUUID().replaceAll("-", "");
  readonly facts: OpenFacts;
  readonly #wire: Wire;
  readonly #deps: ConnectionDeps;
  readonly #openedAt: number;
  /** The messageIds of frames of the connection itself: their acks are expected. */
  readonly #systemIds = new Set<string>();
  #state: "open" | "disconnecting" | "closed" = "open";
  /** `silent` neither sends nor pongs, `zombie` only pongs. */
  #health: "well" | "zombie" | "silent" = "well";
  #cancelPing = (): void => {};
  #cancelSilence = (): void => {};
  #cancelClose = (): void => {};

  constructor(facts: OpenFacts, wire: Wire, deps: ConnectionDeps) {
    this.facts = facts;
    this.#wire = wire;
    this.#deps = deps;
    this.#openedAt = deps.clock.now();
    this.#listen();
    this.#schedulePing();
  }

  /** Whether messages may be pushed on it. A zombie counts: DingTalk takes it for alive. */
  get isLive(): boolean {
    return this.#state === "open" && this.#getsMessages;
  }

  /** Undefined for a closed connection. */
  get state(): ConnectionState | undefined {
    if (this.#state === "closed") return undefined;
    return {
      id: this.id,
      openedAt: new Date(this.#openedAt).toISOString(),
      state: this.#state,
      getsMessages: this.#getsMessages,
      subscriptions: this.facts.subscriptions.map(({ type, topic }) => `${type} ${topic}`),
      ua: this.facts.ua,
      remoteAddress: this.#wire.remoteAddress,
    };
  }

  /** Whether a messageId is of a frame of the connection itself. */
  isOwnId(messageId: string): boolean {
    return this.#systemIds.has(messageId);
  }

  /** Sends a frame with a message, unless the connection is ill. `onSent` runs in any case. */
  send(frame: string | Buffer, onSent: () => void = () => {}): void {
    if (this.#health !== "well") onSent();
    else this.#wire.webSocket.send(frame, onSent);
  }

  becomeZombie(): void {
    this.#health = "zombie";
  }

  fallSilent(): void {
    this.#health = "silent";
  }

  /** Sends a disconnect frame, delivers nothing more, and closes as DingTalk does. */
  disconnect(): void {
    if (this.#state !== "open") return;
    this.#state = "disconnecting";
    this.#sendSystem("disconnect");
    this.#awaitSilence();
    this.#cancelClose = this.#deps.timers.after(closeAtLatestMs, () => this.close());
    this.#deps.events.onChange(this);
  }

  /** Resets the TCP connection. */
  cut(): void {
    this.#wire.socket.resetAndDestroy();
  }

  /** Ends the TCP connection without a close frame. */
  close(): void {
    this.#wire.webSocket.terminate();
  }

  get #getsMessages(): boolean {
    return this.facts.subscriptions.some(
      ({ type, topic }) => type === "CALLBACK" && (topic === robotTopic || topic === "*"),
    );
  }

  #listen(): void {
    const { webSocket } = this.#wire;
    const { timers, events } = this.#deps;
    webSocket.on("message", (data) => {
      this.#awaitSilence();
      timers.guard(() => events.onText(this, String(data)));
    });
    webSocket.on("ping", (data) => {
      this.#awaitSilence();
      if (this.#health !== "silent") webSocket.pong(data);
    });
    // The end of a connection follows every error.
    webSocket.on("error", () => {});
    webSocket.on("close", () => timers.guard(() => this.#onClose()));
  }

  #onClose(): void {
    this.#state = "closed";
    this.#cancelPing();
    this.#cancelSilence();
    this.#cancelClose();
    this.#deps.events.onChange(this);
  }

  /** Begins to count the silence after a disconnect frame, again with every frame. */
  #awaitSilence(): void {
    if (this.#state !== "disconnecting") return;
    this.#cancelSilence();
    this.#cancelSilence = this.#deps.timers.after(closeAfterSilenceMs, () => this.close());
  }

  #schedulePing(): void {
    this.#cancelPing = this.#deps.timers.after(pingIntervalMs, () => {
      this.#sendSystem("ping");
      this.#schedulePing();
    });
  }

  #sendSystem(topic: "ping" | "disconnect"): void {
    if (this.#health === "silent") return;
    const messageId = newMessageId(this.#deps.clock.now());
    this.#systemIds.add(messageId);
    for (const oldest of this.#systemIds) {
      if (this.#systemIds.size <= 100) break;
      this.#systemIds.delete(oldest);
    }
    this.#wire.webSocket.send(systemFrame(topic, messageId, this.#deps.clock.now()));
  }
}
