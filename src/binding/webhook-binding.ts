import { isDeepStrictEqual } from "node:util";
import { status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import type {
  Binding,
  BindingInit,
  CallContext,
  InvokeRequest,
  InvokeResponse,
} from "../dapr/binding.ts";
import { BindingError, cutOff, graceIsOver } from "../dapr/errors.ts";
import type { Readers } from "../dapr/readers.ts";
import { factsOf } from "../delivery/channel.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { NotSentError } from "../delivery/errors.ts";
import type { Pool } from "../delivery/pool.ts";
import type { Connections } from "../dingtalk/connections.ts";
import type { RobotMessage } from "../dingtalk/message.ts";
import { RobotChannel } from "../dingtalk/robot-channel.ts";
import type { Sessions } from "../receiving/sessions.ts";
import type { Telemetry } from "../telemetry/watch.ts";
import { type ComponentConfig, parseMetadata } from "./component-config.ts";
import { componentStatus } from "./component-status.ts";
import { create } from "./create.ts";
import { toBindingError } from "./failures.ts";
import { invalidField } from "./field-readers.ts";
import { fields } from "./fields.ts";
import { get } from "./get.ts";
import { ReceivingComponent, type ReceivingDeps } from "./receiving-component.ts";
import { reply } from "./reply.ts";
import type { Siblings } from "./siblings.ts";
import { warnOfNearMisses, warnOfProperties, warnOfSharedId } from "./warnings.ts";

/** What all bindings of the process share. */
export interface WebhookBindingDeps extends ReceivingDeps {
  readonly sessions: Sessions;
  /** Whether DingTalk's callbacks can come in. */
  readonly hasCallbackPort: boolean;
  readonly connections: Connections;
  readonly delivery: Delivery<RobotMessage>;
  readonly siblings: Siblings;
  readonly clock: Clock;
  readonly log: Logger;
  /** Watches every `create`. If unset, nobody does. */
  readonly telemetry?: Telemetry | undefined;
}

interface Configuration {
  readonly config: ComponentConfig;
  readonly pool: Pool<RobotMessage>;
}

/**
 * Joins daprd's side to DingTalk's: `create` sends to the robot, `get` asks the app, `reply` speaks
 * in the conversation of a message.
 */
export class WebhookBinding implements Binding {
  /**
   * The built-in binding has `create` first. daprd names the operations in this order when it
   * refuses another one, and nothing else at daprd tells the two bindings apart.
   */
  readonly operations = ["get", "create", "reply"];
  readonly #deps: WebhookBindingDeps;
  readonly #readers: Readers;
  readonly #instance: string;
  readonly #log: Logger;
  /** The misspelled keys of calls that the log names. */
  readonly #warnedKeys = new Set<string>();
  readonly #receiving: ReceivingComponent;
  #configuration: Configuration | undefined;
  /** The properties of the last Init, whose oddities the log names. */
  #toldOf: BindingInit["properties"] | undefined;
  #isInput = false;

  constructor(instance: string, readers: Readers, deps: WebhookBindingDeps) {
    this.#deps = deps;
    this.#readers = readers;
    this.#instance = instance;
    this.#log = deps.log.child({ instance });
    this.#receiving = new ReceivingComponent(instance, readers, {
      ...deps,
      log: this.#log,
    });
  }

  init({ direction, properties }: BindingInit): void {
    const config = parseMetadata(properties);
    this.#checkPort(config);
    // daprd loads a component once for each direction.
    if (!isDeepStrictEqual(properties, this.#toldOf)) warnOfProperties(properties, this.#log);
    this.#toldOf = properties;
    const former = this.#configuration;
    const { timeZone, keyword } = config;
    const channelDeps = { ...this.#deps, timeZone, keyword };
    const channels = config.robots.map((robot) => new RobotChannel(robot, channelDeps));
    const { redis } = config;
    const pool = this.#deps.delivery.open(this.#instance, { channels, redis });
    const configuration = { config, pool };
    this.#configuration = configuration;
    // A call in flight ends with the configuration that it began with.
    former?.pool.close();
    this.#join(configuration, direction);
    this.#receiving.join({ config, redis: pool.store?.redis });
  }

  readersChanged(): void {
    this.#receiving.readersChanged();
  }

  async invoke(request: InvokeRequest, context: CallContext): Promise<InvokeResponse> {
    switch (request.operation) {
      case "create":
        return await this.#create(request, context);
      case "get": {
        const { id, ackTimeoutMs } = this.#configured().config;
        const readers = this.#deps.siblings.readersFor({
          id,
          instance: this.#instance,
          readers: this.#readers,
        });
        return await get(request, { readers, ackTimeoutMs, signal: context.signal });
      }
      case "reply":
        return await this.#reply(request, context);
      default:
        throw new BindingError(
          status.UNIMPLEMENTED,
          { reason: "unknown-operation" },
          "this operation is not offered; use create, get or reply",
        );
    }
  }

  async close(): Promise<void> {
    this.#receiving.leave();
    this.#deps.siblings.remove(this.#readers);
    this.#configuration?.pool.close();
    this.#configuration = undefined;
  }

  async #create(request: InvokeRequest, context: CallContext): Promise<InvokeResponse> {
    const { config, pool } = this.#configured();
    const { clock, telemetry } = this.#deps;
    const target = { instance: this.#instance, config, pool, clock, telemetry };
    warnOfNearMisses(request.metadata, { log: this.#log, warned: this.#warnedKeys });
    try {
      return await create(request, context, target);
    } catch (error) {
      throw this.#reported(toBindingError(asCutOff(error, context)), config.id);
    }
  }

  async #reply(request: InvokeRequest, context: CallContext): Promise<InvokeResponse> {
    const { config } = this.#configured();
    const findSession = (msgId: string) => this.#deps.sessions.find(this.#receiving, msgId);
    warnOfNearMisses(request.metadata, { log: this.#log, warned: this.#warnedKeys });
    try {
      const target = { instance: this.#instance, config, findSession };
      return await reply(request, context, { ...this.#deps, ...target });
    } catch (error) {
      throw this.#reported(toBindingError(asCutOff(error, context)), config.id);
    }
  }

  #checkPort({ receiving: { receive } }: ComponentConfig): void {
    if (receive !== "http" || this.#deps.hasCallbackPort) return;
    throw invalidField(
      fields.receive.name,
      "is http, but this process has no port for callbacks; set DINGTALK_CALLBACK_PORT of this process",
    );
  }

  /** Makes the component known to those of the same `id`. */
  #join(configuration: Configuration, direction: BindingInit["direction"]): void {
    const { config } = configuration;
    const { siblings } = this.#deps;
    const readers = this.#readers;
    this.#isInput ||= direction === "input";
    siblings.put({
      id: config.id,
      instance: this.#instance,
      readers,
      isInput: this.#isInput,
      status: () => componentStatus(configuration, readers),
    });
    if (
      direction === "input" &&
      siblings.hasOtherInput({ id: config.id, instance: this.#instance, readers })
    ) {
      warnOfSharedId(config.id, this.#log);
    }
  }

  #configured(): Configuration {
    if (this.#configuration !== undefined) return this.#configuration;
    throw new Error("invoked before init");
  }

  #reported(error: unknown, robot: string): unknown {
    if (error instanceof BindingError) {
      const { before, reason, after } = error.labels;
      const fields = { robot, ...before, reason, ...after };
      this.#log.warn(fields, "message not sent");
    }
    return error;
  }
}

/** The grace of the process ends a call as if its caller went away. The caller is still there. */
function asCutOff(error: unknown, { signal }: CallContext): unknown {
  if (signal.reason !== graceIsOver) return error;
  const { mayHaveArrived, outcome } = factsOf(error);
  if (outcome.reason !== "cancelled") return error;
  return mayHaveArrived
    ? cutOff("the message may have arrived")
    : new NotSentError("shutting-down");
}
