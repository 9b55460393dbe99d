import type { ServerDuplexStream } from "@grpc/grpc-js";
import { shuttingDown } from "./errors.ts";
import type { InputBindingHandlers } from "./gen/dapr/proto/components/v1/InputBinding.ts";
import type { ReadRequest__Output } from "./gen/dapr/proto/components/v1/ReadRequest.ts";
import type { ReadResponse } from "./gen/dapr/proto/components/v1/ReadResponse.ts";
import { type HandlerEnvironment, originOf, toServiceError, unary } from "./handlers.ts";
import type { Instance } from "./instance.ts";
import type { ReadFailure } from "./interceptor.ts";
import type { PeerOrigin } from "./peers.ts";

type ReadStream = ServerDuplexStream<ReadRequest__Output, ReadResponse>;

/** The open Read streams of the process. daprd does not open a stream again that we end. */
export class ReadStreams {
  readonly #open = new Set<ReadStream>();
  /** Why grpc-js failed a stream of a connection. */
  readonly #failures = new Map<string, string>();
  readonly #onLost: (instance: Instance) => void;
  #ended = false;

  /** @param onLost hears of an instance whose stream ended by an error of ours */
  constructor(onLost: (instance: Instance) => void) {
    this.#onLost = onLost;
  }

  /** @throws {BindingError} of UNAVAILABLE after {@link endAll} */
  add(stream: ReadStream): void {
    if (this.#ended) throw shuttingDown();
    this.#open.add(stream);
  }

  remove(stream: ReadStream): void {
    this.#open.delete(stream);
  }

  /** Notes a failure, before the handler of the stream hears that the stream is cancelled. */
  failed({ connection, details }: ReadFailure): void {
    this.#failures.set(connection, details);
    // A stream without a handler asks for no cause.
    setImmediate(() => this.#failures.delete(connection));
  }

  /** Why grpc-js failed a stream of this connection just now; undefined if it did not. */
  failureOf(connection: string): string | undefined {
    return this.#failures.get(connection);
  }

  /** Tells of a stream that ended by an error of ours. */
  lose(instance: Instance): void {
    if (!this.#ended) this.#onLost(instance);
  }

  /** Ends all streams, at the end of the process. */
  endAll(): void {
    this.#ended = true;
    for (const stream of this.#open) stream.end();
  }
}

/** The handlers of the direction in which events come in for the app. */
export function inputBinding(
  environment: HandlerEnvironment,
  streams: ReadStreams,
): InputBindingHandlers {
  return {
    Init: unary(environment, async ({ metadata }, context) => {
      const properties = metadata?.properties ?? {};
      await environment.instances.init({ direction: "input", properties }, context);
      return {};
    }),
    Read: (stream) => {
      const origin = originOf(stream, environment);
      try {
        read(stream, origin, { environment, streams });
      } catch (error) {
        stream.emit("error", toServiceError(error, environment, origin));
      }
    },
    Ping: unary(environment, async () => ({})),
  };
}

function read(
  stream: ReadStream,
  origin: PeerOrigin,
  { environment, streams }: { environment: HandlerEnvironment; streams: ReadStreams },
): void {
  const { instances, log } = environment;
  const instance = instances.get(origin, "input");
  streams.add(stream);
  const reader = instance.openReader((event, onSent) => stream.write(event, onSent));
  const close = (): void => {
    if (!reader.isOpen) return;
    streams.remove(stream);
    instance.closeReader(reader);
    instances.countReads(origin, -1);
    log.info({ instance: instance.name }, "daprd stopped reading");
  };
  stream.on("data", (ack: ReadRequest__Output) => reader.acknowledge(ack));
  const fail = (cause: Record<string, unknown>): void => {
    if (!reader.isOpen) return;
    log.error(
      { instance: instance.name, ...cause },
      "a Read stream failed, daprd may read no more",
    );
    close();
    streams.lose(instance);
  };
  stream.on("cancelled", () => {
    const reason = streams.failureOf(origin.connection);
    if (reason === undefined) close();
    else fail({ reason });
  });
  stream.on("error", (err) => fail({ err }));
  stream.on("end", () => {
    close();
    // No acknowledgement can follow, so our side of the stream is of no use either.
    stream.end();
  });
  instances.countReads(origin, 1);
  log.info({ instance: instance.name }, "daprd reads from the component");
}
