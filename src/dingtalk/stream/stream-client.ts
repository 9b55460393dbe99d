import type { Clock } from "../../base/clock.ts";
import type { Secret } from "../../base/secret.ts";
import type { Connections } from "../connections.ts";
import { Connection, type ConnectionListener } from "./connection.ts";
import { type IncomingFrame, IncomingFrames } from "./incoming-frames.ts";
import type { LoopEffect, LoopEvent, ReconnectReason } from "./loop-types.ts";
import { openStream, type StreamSettings } from "./open.ts";
import { initialLoop, stepLoop } from "./reconnect-loop.ts";
import { StreamError } from "./stream-error.ts";

/** What happens to a client, for logs and metrics. No event holds a secret. */
export type StreamEvent =
  /** The number of open connections changed: 0, 1 or 2. */
  | { readonly type: "connections"; readonly open: number }
  /** A new connection is made after `afterMs`. `problem` tells why the last attempt failed. */
  | {
      readonly type: "reconnect";
      readonly reason: ReconnectReason;
      readonly afterMs: number;
      readonly problem: string | undefined;
    }
  | { readonly type: "malformed" };

/** What a client needs, and whom it tells. */
export interface StreamDeps {
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly connections: Connections;
  readonly onFrame: (frame: IncomingFrame) => void;
  readonly onEvent: (event: StreamEvent) => void;
}

/** How long the peer may take to answer a close frame. */
const closeMs = 2000;

/**
 * Keeps one connection to DingTalk's stream open, from `start` to `stop`. It never gives up. The
 * decisions are those of {@link stepLoop}; this class has the sockets and timers.
 */
export class StreamClient {
  readonly #deps: StreamDeps;
  readonly #frames: IncomingFrames;
  #settings: StreamSettings;
  #loop = initialLoop;
  #problem: string | undefined;
  #cancelRetry = (): void => {};
  /** The attempts under way, by number. */
  readonly #attempts = new Map<number, AbortController>();
  /** The connections, from the handshake to the end, by number. */
  readonly #links = new Map<number, { connection: Connection; cancelDrain: () => void }>();
  readonly #open = new Set<number>();
  #onQuiet = (): void => {};
  #stopping: Promise<void> | undefined;

  constructor(settings: StreamSettings, deps: StreamDeps) {
    this.#settings = settings;
    this.#deps = deps;
    const callbacks = settings.subscriptions.filter(({ type }) => type === "CALLBACK");
    this.#frames = new IncomingFrames(callbacks.map(({ topic }) => topic));
  }

  /** Connects. */
  start(): void {
    this.#step({ type: "start" });
  }

  /**
   * The settings came again. With another secret, a new connection replaces the present one. Whoever
   * waits for the next attempt tries at once.
   */
  renew(clientSecret: Secret): void {
    const isChanged = clientSecret.reveal() !== this.#settings.clientSecret.reveal();
    this.#settings = { ...this.#settings, clientSecret };
    this.#step({ type: "renewed", isChanged });
  }

  /**
   * Takes no more frames, waits until those in hand are acked or left, and closes.
   *
   * @param graceMs the longest wait, in milliseconds
   */
  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#frames.refuse();
    this.#step({ type: "stop" });
    await this.#until(graceMs, () => this.#frames.inHand === 0);
    for (const { connection } of this.#links.values()) connection.close(closeMs);
    await this.#until(closeMs, () => this.#links.size === 0);
  }

  /** Waits for a condition that acks and ends of connections change. */
  #until(timeoutMs: number, isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(timeoutMs, resolve);
      this.#onQuiet = () => {
        if (!isMet()) return;
        cancel();
        resolve();
      };
      this.#onQuiet();
    });
  }

  #step(event: LoopEvent): void {
    const { clock, random } = this.#deps;
    const inputs = { elapsedMs: clock.elapsed(), random: random() };
    const { state, effects } = stepLoop(this.#loop, event, inputs);
    this.#loop = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: LoopEffect): void {
    const { clock } = this.#deps;
    switch (effect.type) {
      case "attempt":
        void this.#attempt(effect.id);
        break;
      case "abandon":
        this.#attempts.get(effect.id)?.abort();
        this.#links.get(effect.id)?.connection.terminate();
        break;
      case "terminate":
        this.#links.get(effect.id)?.connection.terminate();
        break;
      case "drain":
        this.#drain(effect.id, effect.ms);
        break;
      case "set-retry":
        this.#cancelRetry = clock.after(effect.ms, () => this.#step({ type: "retry" }));
        break;
      case "clear-retry":
        this.#cancelRetry();
        break;
      case "tell":
        this.#tell(effect.reason, effect.ms);
        break;
    }
  }

  #drain(id: number, ms: number): void {
    const link = this.#links.get(id);
    if (link === undefined) return;
    link.cancelDrain = this.#deps.clock.after(ms, () => this.#step({ type: "drained", id }));
  }

  #tell(reason: ReconnectReason, afterMs: number): void {
    this.#deps.onEvent({ type: "reconnect", reason, afterMs, problem: this.#problem });
    this.#problem = undefined;
  }

  async #attempt(id: number): Promise<void> {
    const { clock } = this.#deps;
    const giveUp = new AbortController();
    this.#attempts.set(id, giveUp);
    try {
      const deps = { proxyOf: this.#proxyOf, clock, signal: giveUp.signal };
      const address = await openStream(this.#settings, deps);
      if (!giveUp.signal.aborted) this.#connect(id, address);
    } catch (error) {
      this.#fail(id, error);
    } finally {
      this.#attempts.delete(id);
    }
  }

  /** Any failure leads to the next attempt, also one of our own code. */
  #fail(id: number, error: unknown): void {
    const isKnown = error instanceof StreamError;
    // An attempt that was given up says nothing about the next one.
    if (this.#loop.attempt === id) this.#problem = isKnown ? error.message : "internal error";
    this.#step({ type: "failed", id, reason: isKnown ? error.reason : "open-failed" });
  }

  #connect(id: number, address: Secret): void {
    const listener: ConnectionListener = {
      opened: () => {
        this.#open.add(id);
        this.#tellOpen();
        this.#step({ type: "opened", id });
      },
      failed: (error) => {
        this.#links.delete(id);
        this.#onQuiet();
        this.#fail(id, error);
      },
      message: (bytes, isBinary) => this.#take(id, bytes, isBinary),
      ended: (reason) => {
        this.#links.get(id)?.cancelDrain();
        this.#links.delete(id);
        this.#open.delete(id);
        this.#tellOpen();
        this.#onQuiet();
        this.#step({ type: "ended", id, reason });
      },
    };
    const { clock } = this.#deps;
    const connection = new Connection(address, listener, { clock, proxyOf: this.#proxyOf });
    this.#links.set(id, { connection, cancelDrain: () => {} });
  }

  readonly #proxyOf = (target: URL): URL | undefined => this.#deps.connections.proxyOf(target);

  #tellOpen(): void {
    this.#deps.onEvent({ type: "connections", open: this.#open.size });
  }

  #take(id: number, bytes: Buffer, isBinary: boolean): void {
    const connection = this.#links.get(id)?.connection;
    if (connection === undefined) return;
    this.#frames.take({ bytes, isBinary }, connection, {
      callback: this.#deps.onFrame,
      disconnect: () => this.#step({ type: "disconnect", id }),
      malformed: () => this.#deps.onEvent({ type: "malformed" }),
      settled: () => this.#onQuiet(),
    });
  }
}
