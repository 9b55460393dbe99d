import type { ServerDuplexStream } from "@grpc/grpc-js";
import { shuttingDown } from "./errors.ts";
import type { InputBindingHandlers } from "./gen/dapr/proto/components/v1/InputBinding.ts";
import type { ReadRequest__Output } from "./gen/dapr/proto/components/v1/ReadRequest.ts";
import type { ReadResponse } from "./gen/dapr/proto/components/v1/ReadResponse.ts";
import { type HandlerEnvironment, originOf, toServiceError, unary } from "./unary.ts";

type ReadStream = ServerDuplexStream<ReadRequest__Output, ReadResponse>;

/** The open Read streams of the process. daprd does not open a stream again that we end. */
export class ReadStreams {
  readonly #open = new Set<ReadStream>();
  #ended = false;

  /** @throws {BindingError} of UNAVAILABLE after {@link endAll} */
  add(stream: ReadStream): void {
    if (this.#ended) throw shuttingDown();
    this.#open.add(stream);
  }

  remove(stream: ReadStream): void {
    this.#open.delete(stream);
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
      try {
        read(stream, environment, streams);
      } catch (error) {
        stream.emit("error", toServiceError(error, environment, originOf(stream, environment)));
      }
    },
    Ping: unary(environment, () => ({})),
  };
}

function read(stream: ReadStream, environment: HandlerEnvironment, streams: ReadStreams): void {
  const { instances, log } = environment;
  const origin = originOf(stream, environment);
  const instance = instances.get(origin);
  streams.add(stream);
  const reader = instance.openReader((event) => stream.write(event));
  const close = (): void => {
    if (!reader.isOpen) return;
    streams.remove(stream);
    instance.closeReader(reader);
    log.info({ instance: instance.name }, "daprd stopped reading");
  };
  stream.on("data", (ack: ReadRequest__Output) => reader.acknowledge(ack));
  stream.on("cancelled", close);
  stream.on("error", close);
  stream.on("end", () => {
    close();
    // No acknowledgement can follow, so our side of the stream is of no use either.
    stream.end();
  });
  instances.markReading(origin);
  log.info({ instance: instance.name }, "daprd reads from the component");
}
