import { randomUUID } from "node:crypto";
import { status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import { isTimeUp } from "../base/cancellation.ts";
import { type Clock, withinTime } from "../base/clock.ts";
import type { InputEvent } from "./binding.ts";
import { BindingError, cutOff, graceIsOver } from "./errors.ts";
import {
  Reader,
  type ReaderDeps,
  StreamClosedError,
  StreamClosingError,
  sizeOf,
  Unsent,
  type WriteEvent,
} from "./reader.ts";

/**
 * The largest event, in bytes, data and metadata together. daprd's gRPC client takes messages of
 * 4 MiB, of which 64 KiB are left for the rest of the message. A larger message breaks its stream.
 */
const maxEventBytes = 4 * 1024 * 1024 - 64 * 1024;

/** How long {@link Readers.publish} waits. */
export interface PublishOptions {
  readonly signal: AbortSignal;
  readonly ackTimeoutMs: number;
}

/** How long {@link Readers.handOver} waits. Its caller has the clock. */
export interface HandOverWait {
  /** Aborts when the event may be forgotten. The answer is still taken. */
  readonly isLate: AbortSignal;
  /** Aborts when nobody waits for the answer any more. */
  readonly isOver: AbortSignal;
}

/** An event until it may be forgotten. */
interface Kept {
  event: InputEvent | undefined;
}

/** The open Read streams of one instance. Several daprds may read from one process. */
export class Readers {
  readonly #deps: ReaderDeps;
  readonly #readers: Reader[] = [];

  constructor(clock: Clock, log: Logger, unsent = new Unsent()) {
    this.#deps = { clock, log, unsent };
  }

  /** The streams that are open now, the next to be used first. */
  get open(): readonly Reader[] {
    return [...this.#readers];
  }

  /** Adds a stream that has been opened. */
  add(write: WriteEvent): Reader {
    const reader = new Reader(write, this.#deps);
    this.#readers.push(reader);
    return reader;
  }

  /** Takes a stream out that has ended. */
  remove(reader: Reader): void {
    const index = this.#readers.indexOf(reader);
    if (index >= 0) this.#readers.splice(index, 1);
    reader.close();
  }

  /**
   * Hands an event to one stream. If the stream breaks before the answer, hands it to another.
   *
   * @returns the app's answer
   * @throws {BindingError} when nobody reads, the app fails, or no answer comes in time
   */
  async publish(event: InputEvent, { signal, ackTimeoutMs }: PublishOptions): Promise<Buffer> {
    checkSize(event);
    const id = randomUUID();
    const limit = { clock: this.#deps.clock, timeoutMs: ackTimeoutMs, signal };
    try {
      return await withinTime(limit, () => this.#publishToOne(id, event));
    } catch (error) {
      if (signal.aborted && error === signal.reason) throw cancelled(signal);
      throw isTimeUp({ reason: error }) ? ackTimeout() : error;
    } finally {
      for (const reader of this.#readers) reader.forget(id);
    }
  }

  /**
   * Hands an event to one stream and waits for the app's answer until the caller gives up. The caller
   * may still take an answer that is late for it; nothing keeps the event then. After a stream that
   * broke, another one is the caller's next attempt.
   *
   * @throws {BindingError} when nobody reads, the stream breaks, the app fails, or nobody waits
   */
  handOver(event: InputEvent, { isLate, isOver }: HandOverWait): Promise<Buffer> {
    const kept: Kept = { event };
    isLate.addEventListener("abort", () => {
      kept.event = undefined;
    });
    return this.#handOver(kept, isOver);
  }

  async #handOver(kept: Kept, isOver: AbortSignal): Promise<Buffer> {
    const tried = new Set<Reader>();
    for (;;) {
      try {
        return await this.#handOverToOne(kept, tried, isOver);
      } catch (error) {
        // The app did not get the event, so this was no attempt.
        if (!(error instanceof StreamClosingError)) throw toBindingError(error);
        if (this.#taking(tried).length === 0) throw noReader();
      }
    }
  }

  /** Not async: an async function keeps its variables, here the event, for as long as it waits. */
  #handOverToOne({ event }: Kept, tried: Set<Reader>, isOver: AbortSignal): Promise<Buffer> {
    if (event === undefined) throw ackTimeout();
    checkSize(event);
    const reader = this.#choose(event, tried);
    tried.add(reader);
    const id = randomUUID();
    return unlessOver(reader.send(id, event), isOver).finally(() => reader.forget(id));
  }

  async #publishToOne(id: string, event: InputEvent): Promise<Buffer> {
    const tried = new Set<Reader>();
    for (;;) {
      const reader = this.#choose(event, tried);
      tried.add(reader);
      try {
        return await reader.send(id, event);
      } catch (error) {
        if (!(error instanceof StreamClosedError)) throw error;
        reader.forget(id);
      }
    }
  }

  /** The stream whose turn it is. */
  #choose(event: InputEvent, tried: ReadonlySet<Reader>): Reader {
    const untried = this.#taking(tried);
    const reader = untried.find((candidate) => candidate.hasRoom(sizeOf(event)));
    if (reader === undefined && untried.length > 0) throw readerBusy();
    if (reader === undefined) throw tried.size === 0 ? noReader() : streamsBroke();
    this.#moveToEnd(reader);
    return reader;
  }

  /** The streams that take events, but for those that were tried. */
  #taking(tried: ReadonlySet<Reader>): Reader[] {
    return this.#readers.filter((reader) => !reader.isClosing && !tried.has(reader));
  }

  /** Puts a stream last, so that the streams take turns. */
  #moveToEnd(reader: Reader): void {
    this.#readers.splice(this.#readers.indexOf(reader), 1);
    this.#readers.push(reader);
  }
}

function unlessOver(answer: Promise<Buffer>, isOver: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    isOver.addEventListener("abort", () => reject(ackTimeout()));
    answer.then(resolve, reject);
  });
}

function toBindingError(error: unknown): unknown {
  return error instanceof StreamClosedError ? streamsBroke() : error;
}

function checkSize(event: InputEvent): void {
  if (sizeOf(event) <= maxEventBytes) return;
  throw new BindingError(
    status.INVALID_ARGUMENT,
    { reason: "event-too-large" },
    `daprd takes events of at most ${maxEventBytes} bytes; send less`,
  );
}

function noReader(): BindingError {
  return new BindingError(
    status.FAILED_PRECONDITION,
    { reason: "no-reader" },
    "no app reads from this component; start daprd with --app-port, let the component's direction include input, and answer daprd's OPTIONS request for its route",
  );
}

function readerBusy(): BindingError {
  return new BindingError(
    status.RESOURCE_EXHAUSTED,
    { reason: "reader-busy" },
    "daprd does not take the events that wait for it, the app did not get this one; send less at once, or restart daprd if it stands still",
  );
}

function streamsBroke(): BindingError {
  return new BindingError(
    status.UNAVAILABLE,
    { reason: "reader-lost" },
    "daprd stopped reading before the app answered; the app may have got the event",
  );
}

function ackTimeout(): BindingError {
  return new BindingError(
    status.DEADLINE_EXCEEDED,
    { reason: "ack-timeout" },
    "the app did not answer the event in time; raise ackTimeout or make the app faster",
  );
}

function cancelled(signal: AbortSignal): BindingError {
  if (signal.reason === graceIsOver) return cutOff("the app may have got the event");
  return isTimeUp(signal)
    ? new BindingError(
        status.DEADLINE_EXCEEDED,
        { reason: "timeout" },
        "the caller's deadline passed before the app answered; the app may have got the event",
      )
    : new BindingError(
        status.CANCELLED,
        { reason: "cancelled" },
        "the caller went away before the app answered",
      );
}
