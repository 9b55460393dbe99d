import { status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { InputEvent } from "./binding.ts";
import { BindingError } from "./errors.ts";
import type { ReadRequest__Output } from "./gen/dapr/proto/components/v1/ReadRequest.ts";
import type { ReadResponse } from "./gen/dapr/proto/components/v1/ReadResponse.ts";

/** The stream ended before the answer. Another stream may take the event. */
export class StreamClosedError extends Error {
  override readonly name = "StreamClosedError";
}

/** daprd's answer for an event that reaches it while it closes the stream. The app never saw it. */
const daprdIsClosing = "input binding is closed";

interface Waiting {
  resolve(response: Buffer): void;
  reject(error: Error): void;
}

/** One Read stream: events go out, acknowledgements come in. */
export class Reader {
  readonly write: (event: ReadResponse) => void;
  readonly #log: Logger;
  readonly #waiting = new Map<string, Waiting>();
  #closed = false;

  constructor(write: (event: ReadResponse) => void, log: Logger) {
    this.write = write;
    this.#log = log;
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /**
   * Sends an event and waits for the app's answer.
   *
   * @param id unique among the events of the process
   * @throws {StreamClosedError} when the stream ends first
   * @throws {BindingError} when the app fails
   */
  send(id: string, { data, metadata }: InputEvent): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new StreamClosedError("the stream is closed"));
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.write({
        message_id: id,
        data: Buffer.from(data),
        metadata: { ...metadata },
        content_type: "application/json",
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
      this.#log.warn({ messageId: message_id.slice(0, 64) }, "late or unknown acknowledgement");
      return;
    }
    if (response_error === null) waiting.resolve(response_data);
    else if (response_error.message === daprdIsClosing) {
      waiting.reject(new StreamClosedError("daprd is closing the stream"));
    } else waiting.reject(appFailed(response_error.message));
  }

  /** Takes no more events, and fails those that wait for an answer. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.values()) {
      waiting.reject(new StreamClosedError("the stream was closed"));
    }
  }
}

/** Carries the app's own words. The caller may read them; our log must not hold them. */
function appFailed(message: string): BindingError {
  return new BindingError(
    status.UNKNOWN,
    { reason: "app-failed" },
    `the app did not accept the event: ${message}`,
  );
}
