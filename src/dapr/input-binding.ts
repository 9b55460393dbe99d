import type { ServerDuplexStream } from "@grpc/grpc-js";
import { shuttingDown } from "./errors.ts";
import type { InputBindingHandlers } from "./gen/dapr/proto/components/v1/InputBinding.ts";
import type { ReadRequest__Output } from "./gen/dapr/proto/components/v1/ReadRequest.ts";
import type { ReadResponse } from "./gen/dapr/proto/components/v1/ReadResponse.ts";
import type { Instances } from "./instances.ts";
import { type HandlerEnvironment, instanceOf, toServiceError, unary } from "./unary.ts";

type ReadStream = ServerDuplexStream<ReadRequest__Output, ReadResponse>;

/** The open Read streams of the process. daprd never opens one again that we end. */
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

  /** Only for the end of the process. */
  endAll(): void {
    this.#ended = true;
    for (const stream of this.#open) stream.end();
  }
}

/** Translates the outside world's events for daprd. */
export function inputBinding(
  instances: Instances,
  streams: ReadStreams,
  environment: HandlerEnvironment,
): InputBindingHandlers {
  return {
    Init: unary(environment, async ({ metadata }, context) => {
      await instances.init({ direction: "input", properties: metadata?.properties ?? {} }, context);
      return {};
    }),
    Read: (stream) => read(stream, instances, streams, environment),
    Ping: unary(environment, () => ({})),
  };
}

function read(
  stream: ReadStream,
  instances: Instances,
  streams: ReadStreams,
  environment: HandlerEnvironment,
): void {
  const name = instanceOf(stream);
  try {
    const { readers } = instances.get(name);
    streams.add(stream);
    const reader = readers.add((event) => stream.write(event));
    const close = (): void => {
      if (!reader.isOpen) return;
      streams.remove(stream);
      readers.remove(reader);
      environment.log.info({ instance: name }, "daprd stopped reading");
    };
    stream.on("data", (ack: ReadRequest__Output) => reader.acknowledge(ack));
    stream.on("cancelled", close);
    stream.on("error", close);
    // No acknowledgement can follow, so the stream is of no more use to either side.
    stream.on("end", () => {
      close();
      stream.end();
    });
    instances.opened(name);
    environment.log.info({ instance: name }, "daprd reads from the component");
  } catch (error) {
    stream.emit("error", toServiceError(error, environment, name));
  }
}
