import { status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { InputEvent } from "./binding.ts";
import { BindingError } from "./errors.ts";
import type { ReadRequest__Output } from "./gen/dapr/proto/components/v1/ReadRequest.ts";
import type { ReadResponse } from "./gen/dapr/proto/components/v1/ReadResponse.ts";

/** The stream ended before the answer; another one may take the event. */
export class StreamClosedError extends Error {
  override readonly name = "StreamClosedError";
}

/** What daprd answers for events that reach it while it closes the stream. Its app never saw them. */
const daprdIsClosing = "input binding is closed";

interface Waiting {
  resolve(response: Buffer): void;
  reject(error: Error): void;
}

/** One Read stream: events out, acknowledgements in. */
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

  /** @throws {StreamClosedError} when the stream ends first */
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

  /** An answer to this message is no longer waited for. */
  forget(id: string): void {
    this.#waiting.delete(id);
  }

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

  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.values()) {
      waiting.reject(new StreamClosedError("the stream was closed"));
    }
  }
}

/** The app's own words; they are the caller's to read, not ours to log. */
function appFailed(message: string): BindingError {
  return new BindingError(
    status.UNKNOWN,
    { reason: "app-failed" },
    `the app did not accept the event: ${message}`,
  );
}
