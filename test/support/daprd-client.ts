import {
  type ClientDuplexStream,
  credentials,
  Metadata,
  type requestCallback,
} from "@grpc/grpc-js";
import { onTestFinished } from "vitest";
import { loadBindings } from "../../src/dapr/bindings-proto.ts";
import type { InvokeResponse__Output } from "../../src/dapr/gen/dapr/proto/components/v1/InvokeResponse.ts";
import type { ReadRequest } from "../../src/dapr/gen/dapr/proto/components/v1/ReadRequest.ts";
import type { ReadResponse__Output } from "../../src/dapr/gen/dapr/proto/components/v1/ReadResponse.ts";

/** An open Read stream, from the side of daprd. */
export type ReadCall = ClientDuplexStream<ReadRequest, ReadResponse__Output>;

/** What a call brings beside operation and data. */
export interface InvokeOptions {
  readonly metadata?: Record<string, string>;
  readonly deadlineMs?: number;
  /** Cancels the call, as daprd does when its own caller goes away. */
  readonly signal?: AbortSignal;
}

const { grpcTypes } = loadBindings();
const { InputBinding, OutputBinding } = grpcTypes.dapr.proto.components.v1;

/**
 * Speaks to a socket as daprd does, over a connection for each direction. Sends the name of an
 * instance in a header, or no header for `null`.
 */
export class DaprdClient {
  readonly #input: InstanceType<typeof InputBinding>;
  readonly #output: InstanceType<typeof OutputBinding>;
  readonly #header = new Metadata();

  constructor(socket: string, instance: string | null = "robot") {
    // With this option, two clients of one address have a connection each.
    const options = { "grpc.use_local_subchannel_pool": 1 };
    this.#input = new InputBinding(`unix:${socket}`, credentials.createInsecure(), options);
    this.#output = new OutputBinding(`unix:${socket}`, credentials.createInsecure(), options);
    if (instance !== null) this.#header.set("x-component-instance", instance);
    onTestFinished(() => this.close());
  }

  close(): void {
    this.#input.close();
    this.#output.close();
  }

  async initInput(properties: Record<string, string>): Promise<void> {
    await answered<object>((done) =>
      this.#input.Init({ metadata: { properties } }, this.#header, done),
    );
  }

  async initOutput(properties: Record<string, string>): Promise<void> {
    await answered<object>((done) =>
      this.#output.Init({ metadata: { properties } }, this.#header, done),
    );
  }

  /** Calls Init as daprd does for a YAML without `direction`: input first, then output. */
  async init(properties: Record<string, string>): Promise<void> {
    await this.initInput(properties);
    await this.initOutput(properties);
  }

  async operations(): Promise<string[]> {
    const answer = await answered<{ operations: string[] }>((done) =>
      this.#output.ListOperations({}, this.#header, done),
    );
    return answer.operations;
  }

  invoke(
    operation: string,
    data: string | Buffer,
    { metadata = {}, deadlineMs, signal }: InvokeOptions = {},
  ): Promise<InvokeResponse__Output> {
    const deadline = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
    return answered((done) => {
      const request = { operation, data: Buffer.from(data), metadata };
      const call = this.#output.Invoke(request, this.#header, deadline, done);
      signal?.addEventListener("abort", () => call.cancel());
    });
  }

  create(message: unknown, options?: InvokeOptions): Promise<InvokeResponse__Output> {
    return this.invoke("create", JSON.stringify(message), options);
  }

  read(): ReadCall {
    const call = this.#input.Read(this.#header);
    call.on("error", () => {});
    return call;
  }

  async ping(): Promise<void> {
    await answered<object>((done) => this.#input.Ping({}, this.#header, done));
    await answered<object>((done) => this.#output.Ping({}, this.#header, done));
  }
}

function answered<T>(call: (done: requestCallback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => {
      if (error !== null) reject(error);
      else if (answer === undefined) reject(new Error("no answer"));
      else resolve(answer);
    });
  });
}

/** Plays the app behind daprd. Answers the events of a stream, unless `app` returns undefined. */
export function answerEvents(
  call: ReadCall,
  app: (event: ReadResponse__Output) => Omit<ReadRequest, "message_id"> | undefined,
): ReadResponse__Output[] {
  const events: ReadResponse__Output[] = [];
  call.on("data", (event: ReadResponse__Output) => {
    events.push(event);
    const answer = app(event);
    if (answer !== undefined) call.write({ ...answer, message_id: event.message_id });
  });
  return events;
}
