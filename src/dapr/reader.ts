import { status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import type { InputEvent } from "./binding.ts";
import { BindingError } from "./errors.ts";
import type { ReadRequest__Output } from "./gen/dapr/proto/components/v1/ReadRequest.ts";
import type { ReadResponse } from "./gen/dapr/proto/components/v1/ReadResponse.ts";

/** The stream ended before the answer. Another stream may take the event. */
export class StreamClosedError extends Error {
  override readonly name: string = "StreamClosedError";
}

/** daprd closes the stream and did not give the event to the app. */
export class StreamClosingError extends StreamClosedError {
  override readonly name = "StreamClosingError";
}

/** daprd's answer for an event that reaches it while it closes the stream. The app never saw it. */
const daprdIsClosing = "input binding is closed";

/** Events that daprd has not taken from a stream yet, in bytes: of one stream, and of all. */
const mostUnsentBytes = 16 * 1024 * 1024;
const mostUnsentBytesOfAll = 64 * 1024 * 1024;
/** The app's words in an error, in characters. */
const mostErrorText = 4096;
/** How many unknown acknowledgements are logged in a minute. */
const mostUnknownLogged = 10;

/** The events of all streams of the process that daprd has not taken yet. */
export class Unsent {
  bytes = 0;
}

/** What a {@link Reader} needs of the process. */
export interface ReaderDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly unsent: Unsent;
}

/** Writes an event to the stream, and tells when daprd has taken it. */
export type WriteEvent = (event: ReadResponse, onSent: () => void) => void;

interface Waiting {
  resolve(response: Buffer): void;
  reject(error: Error): void;
}

/** What Protobuf adds to an entry of the metadata, at most: three tags and three lengths. */
const bytesPerEntry = 16;

/** How many bytes data and metadata have on the wire, at most. */
export function sizeOf({ data, metadata }: InputEvent): number {
  const entries = Object.entries(metadata);
  return entries.reduce(
    (bytes, entry) => bytes + bytesPerEntry + Buffer.byteLength(entry.join("")),
    data.length,
  );
}

/** One Read stream: events go out, acknowledgements come in. */
export class Reader {
  readonly write: WriteEvent;
  readonly #deps: ReaderDeps;
  readonly #waiting = new Map<string, Waiting>();
  #unsentBytes = 0;
  #unknown = { since: Number.NEGATIVE_INFINITY, count: 0 };
  #closed = false;
  #isClosing = false;

  constructor(write: WriteEvent, deps: ReaderDeps) {
    this.write = write;
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Whether daprd has said that it closes the stream. It takes no more events then. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Whether the stream may take so many more bytes. False while daprd does not read. */
  hasRoom(bytes: number): boolean {
    return (
      this.#unsentBytes + bytes <= mostUnsentBytes &&
      this.#deps.unsent.bytes + bytes <= mostUnsentBytesOfAll
    );
  }

  /**
   * Sends an event and waits for the app's answer.
   *
   * @param id unique among the events of the process
   * @throws {StreamClosingError} when daprd closes the stream and the app did not get the event
   * @throws {StreamClosedError} when the stream ends first
   * @throws {BindingError} when the app fails
   */
  send(id: string, event: InputEvent): Promise<Buffer> {
    const { data, metadata } = event;
    const bytes = sizeOf(event);
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new StreamClosedError("the stream is closed"));
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.#count(bytes);
      const message = { message_id: id, data: Buffer.from(data), metadata: { ...metadata } };
      this.write({ ...message, content_type: "application/json" }, () => {
        if (!this.#closed) this.#count(-bytes);
      });
    });
  }

  /** Stops to wait for the answer to an event. The promise of `send` then never settles. */
  forget(id: string): void {
    this.#waiting.delete(id);
  }

  /** Takes an answer of the app. */
  acknowledge({ message_id, response_data, response_error }: ReadRequest__Output): void {
    const waiting = this.#waiting.get(message_id);
    if (waiting === undefined) {
      this.#logUnknown(message_id);
      return;
    }
    if (response_error === null) waiting.resolve(response_data);
    else if (response_error.message === daprdIsClosing) {
      this.#isClosing = true;
      waiting.reject(new StreamClosingError("daprd is closing the stream"));
    } else waiting.reject(appFailed(response_error.message));
  }

  /** Takes no more events, and fails those that wait for an answer. */
  close(): void {
    this.#closed = true;
    this.#count(-this.#unsentBytes);
    for (const waiting of this.#waiting.values()) {
      waiting.reject(new StreamClosedError("the stream was closed"));
    }
  }

  #count(bytes: number): void {
    this.#unsentBytes += bytes;
    this.#deps.unsent.bytes += bytes;
  }

  /** A daprd that sends nothing else must not fill the disk. */
  #logUnknown(id: string): void {
    const { clock, log } = this.#deps;
    if (clock.elapsed() - this.#unknown.since >= 60_000) {
      const { count } = this.#unknown;
      if (count > mostUnknownLogged) log.warn({ count }, "late or unknown acknowledgements");
      this.#unknown = { since: clock.elapsed(), count: 0 };
    }
    this.#unknown.count += 1;
    if (this.#unknown.count > mostUnknownLogged) return;
    log.warn({ messageId: id.slice(0, 64) }, "late or unknown acknowledgement");
  }
}

/** Carries the app's own words. The caller may read them; our log must not hold them. */
function appFailed(message: string): BindingError {
  return new BindingError(
    status.UNKNOWN,
    { reason: "app-failed" },
    `the app did not accept the event: ${plainText(message)}`,
  );
}

/** Makes one short line of an app's error, which may be a page of HTML. */
function plainText(message: string): string {
  const text = message
    // A tag that the cut leaves open is not worth a look at the rest of a large page.
    .slice(0, 16 * mostErrorText)
    .replaceAll(/<(script|style)\b[^<>]*>[^<]*<\/\1>/gi, " ")
    .replaceAll(/<[!/a-z][^<>]*>/gi, " ")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\s]+/gu, " ")
    .trim();
  return text.length <= mostErrorText ? text : `${text.slice(0, mostErrorText - 1).trimEnd()}…`;
}
