import type { Logger } from "pino";
import { BindingError } from "../dapr/errors.ts";
import type { Readers } from "../dapr/readers.ts";
import type { SharedRedis } from "../delivery/redis/redis.ts";
import { Answerer } from "../receiving/answerer.ts";
import type { CallbackReceipt, Callbacks } from "../receiving/callbacks.ts";
import type { ConversationDeps } from "../receiving/conversation.ts";
import { metadataForApp } from "../receiving/event-metadata.ts";
import type { Inbox } from "../receiving/inbox.ts";
import type { ReceivedMessage } from "../receiving/received-message.ts";
import {
  type AnswerKind,
  HandOverError,
  type HandOverFailure,
  type HandOverOptions,
  type ReceivingApp,
  type ReceivingSettings,
} from "../receiving/receiving-app.ts";
import type { Streams } from "../receiving/streams.ts";
import type { ReceiveTelemetry } from "../telemetry/receive-telemetry.ts";
import type { ComponentConfig, ReceiveConfig } from "./component-config.ts";

/** What receiving needs of the process. */
export interface ReceivingDeps extends ConversationDeps {
  readonly log: Logger;
  readonly inbox: Inbox;
  readonly callbacks: Callbacks;
  readonly streams: Streams;
  readonly receiveTelemetry: ReceiveTelemetry;
}

/** What a {@link ReceivingComponent} gets from its binding. It changes with each Init. */
export interface ReceivingConfiguration {
  readonly config: ComponentConfig;
  readonly redis: SharedRedis | undefined;
}

/** How long a message by stream is remembered after its end. */
const rememberForMs = 3_600_000;

/**
 * The receiving side of one component. It lives as long as the component's binding, so that a
 * message which waits for the app finds it again after a new Init.
 */
export class ReceivingComponent implements ReceivingApp {
  readonly instance: string;
  readonly #readers: Readers;
  readonly #deps: ReceivingDeps;
  readonly #answerer: Answerer;
  #configuration: ReceivingConfiguration | undefined;
  #leave = (): void => {};

  constructor(instance: string, readers: Readers, deps: ReceivingDeps) {
    this.instance = instance;
    this.#readers = readers;
    this.#deps = deps;
    this.#answerer = new Answerer({
      ...deps,
      instance,
      telemetry: deps.receiveTelemetry,
      settings: () => {
        const { answering, delivery } = this.#configured().config;
        return { ...answering, delivery };
      },
    });
  }

  get robot(): string {
    const { id, receiving } = this.#configured().config;
    return receiving.clientId ?? id;
  }

  get settings(): ReceivingSettings {
    const { receive, redeliver, maxInFlight, handleTimeoutMs, callbackMaxAgeMs } =
      this.#configured().config.receiving;
    // A replayed callback is stale before its message is forgotten.
    const forMs = receive === "http" ? 2 * callbackMaxAgeMs : rememberForMs;
    return { redeliver, maxInFlight, handleTimeoutMs, rememberForMs: forMs };
  }

  get redis(): SharedRedis | undefined {
    return this.#configured().redis;
  }

  get isReading(): boolean {
    return this.#readers.open.length > 0;
  }

  /** Begins to receive as the configuration says, and ends to receive as a former one said. */
  join(configuration: ReceivingConfiguration): void {
    this.#configuration = configuration;
    const leave = this.#leave;
    this.#leave = this.#joinMode(configuration.config);
    leave();
  }

  /** Receives no more. Its messages end by the configuration that it had last. */
  leave(): void {
    this.#leave();
    this.#leave = () => {};
    this.#deps.inbox.gone(this);
  }

  /** Hears that daprd began or stopped to read. */
  readersChanged(): void {
    this.#deps.inbox.readersChanged(this);
    this.#deps.streams.readersChanged(this);
  }

  /** Not async: an async function would keep the message for as long as it waits. */
  handOver(
    message: ReceivedMessage,
    attempt: number,
    { traceparent, ...wait }: HandOverOptions,
  ): Promise<Buffer> {
    const metadata = metadataForApp(message, { attempt, traceparent });
    return this.#readers.handOver({ data: message.data, metadata }, wait).catch(failHandOver);
  }

  async answered(message: ReceivedMessage, body: Buffer): Promise<AnswerKind> {
    return await this.#answerer.answered(message, body);
  }

  #configured(): ReceivingConfiguration {
    if (this.#configuration !== undefined) return this.#configuration;
    throw new Error("received before init");
  }

  #joinMode({ id, receiving }: ComponentConfig): () => void {
    switch (receiving.receive) {
      case "get":
        return () => {};
      case "http":
        return this.#joinCallbacks(id, receiving);
      case "stream":
        return this.#joinStream(id, receiving);
    }
  }

  #joinCallbacks(id: string, receiving: ReceiveConfig): () => void {
    const { clientSecret, callbackToken, callbackMaxAgeMs: maxAgeMs } = receiving;
    const credentials = { clientSecret, callbackToken, maxAgeMs };
    const { instance, robot } = this;
    const receive = (message: ReceivedMessage): CallbackReceipt => this.#receiveCallback(message);
    return this.#deps.callbacks.join({ id, instance, robot, receive, ...credentials });
  }

  #joinStream(id: string, { gatewayUrl, clientId, clientSecret }: ReceiveConfig): () => void {
    // `parseMetadata` refuses a component with `receive: stream` that lacks one of them.
    if (clientId === undefined || clientSecret === undefined) return () => {};
    return this.#deps.streams.join({ gatewayUrl, clientId, clientSecret, app: this, id });
  }

  #receiveCallback(message: ReceivedMessage): CallbackReceipt {
    const receipt = this.#deps.inbox.receive(this, message);
    return {
      isTaken: () => ["with-app", "done"].includes(receipt.state()),
      accepted: receipt.accepted,
      answer: receipt.answer,
      respond: (answer) => this.#answerer.responseFor(message, answer),
      missed: (answer) => this.#answerer.missed(message, answer),
    };
  }
}

/** The failures of a hand-over by the reason that callers of `get` know. */
const failures: Readonly<Record<string, HandOverFailure>> = {
  "no-reader": "no-reader",
  "reader-busy": "no-reader",
  "reader-lost": "stream-broke",
};

function failHandOver(error: unknown): never {
  throw toHandOverError(error);
}

/** The app's own words may quote the message, so they stay out of the log. */
function toHandOverError(error: unknown): HandOverError {
  if (!(error instanceof BindingError)) {
    return new HandOverError("app-failed", "internal error", { cause: error });
  }
  const { reason } = error.labels;
  return new HandOverError(failures[reason] ?? "app-failed", reason, { cause: error });
}
