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
import { BindingError } from "../dapr/errors.ts";
import type { Readers } from "../dapr/readers.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { accepted as acceptedOutcome } from "../delivery/outcome.ts";
import type { ConnectionLease, Connections } from "../dingtalk/connections.ts";
import { addMentions, parseMentions } from "../dingtalk/mentions.ts";
import { parseMessage } from "../dingtalk/message.ts";
import { robotKey } from "../dingtalk/robot.ts";
import { noWatch, type Telemetry } from "../telemetry/watch.ts";
import { appKeyOf } from "./app-key.ts";
import { type ComponentConfig, overrideDelivery, parseMetadata } from "./component-config.ts";
import { componentStatus } from "./component-status.ts";
import { failureOutcome, toBindingError } from "./failures.ts";
import { get } from "./get.ts";
import type { Siblings } from "./siblings.ts";
import { warnOfSecondApp, warnOfSharedId, warnOfUnknownFields } from "./warnings.ts";

const accepted: InvokeResponse = {
  data: Buffer.from('{"errcode":0,"errmsg":"ok"}'),
  metadata: { errcode: "0", errmsg: "ok" },
};

/** What all bindings of the process share. */
export interface WebhookBindingDeps {
  readonly connections: Connections;
  readonly delivery: Delivery;
  readonly siblings: Siblings;
  readonly clock: Clock;
  readonly log: Logger;
  /** Watches every `create`. If unset, nobody does. */
  readonly telemetry?: Telemetry | undefined;
}

interface Configuration extends ComponentConfig {
  readonly leases: readonly ConnectionLease[];
}

/** Joins daprd's side to DingTalk's: `create` sends to the robot, `get` asks the app. */
export class WebhookBinding implements Binding {
  /**
   * The built-in binding has `create` first. daprd names the operations in this order when it
   * refuses another one, and nothing else at daprd tells the two bindings apart.
   */
  readonly operations = ["get", "create"];
  readonly #deps: WebhookBindingDeps;
  readonly #readers: Readers;
  readonly #instance: string;
  readonly #log: Logger;
  #configuration: Configuration | undefined;
  #isInput = false;

  constructor(instance: string, readers: Readers, deps: WebhookBindingDeps) {
    this.#deps = deps;
    this.#readers = readers;
    this.#instance = instance;
    this.#log = deps.log.child({ instance });
  }

  init({ direction, properties }: BindingInit): void {
    const config = parseMetadata(properties);
    warnOfUnknownFields(properties, this.#log);
    const former = this.#configuration;
    const leases = config.robots.map(({ url }) => this.#deps.connections.lease(url.origin));
    this.#configuration = { ...config, leases };
    // A call in flight has leases of its own and ends with the configuration that it began with.
    for (const lease of former?.leases ?? []) lease.release();
    this.#deps.delivery.configure(this.#instance, config);
    this.#join(config, direction);
    if (former !== undefined && keysOf(former) !== keysOf(config)) {
      warnOfSecondApp(this.#readers, { clock: this.#deps.clock, log: this.#log });
    }
  }

  async invoke(request: InvokeRequest, context: CallContext): Promise<InvokeResponse> {
    switch (request.operation) {
      case "create":
        return await this.#create(request, context);
      case "get": {
        const { id, ackTimeoutMs } = this.#configured();
        const readers = this.#deps.siblings.readersFor({ id, readers: this.#readers });
        return await get(request, { readers, ackTimeoutMs, signal: context.signal });
      }
      default:
        throw new BindingError(
          status.UNIMPLEMENTED,
          { reason: "unknown-operation" },
          "this operation is not offered; use create or get",
        );
    }
  }

  async close(): Promise<void> {
    this.#deps.siblings.remove(this.#readers);
    for (const lease of this.#configuration?.leases ?? []) lease.release();
    this.#configuration = undefined;
  }

  async #create({ data, metadata }: InvokeRequest, context: CallContext): Promise<InvokeResponse> {
    const { id, robots, delivery } = this.#configured();
    const { traceparent } = metadata;
    const call = { robot: id, instance: this.#instance, traceparent };
    const watch = this.#deps.telemetry?.watch(call) ?? noWatch;
    try {
      const message = addMentions(parseMessage(data), parseMentions(metadata));
      await this.#deps.delivery.deliver({
        instance: context.instance,
        robots,
        message,
        appKey: appKeyOf(message, metadata),
        traceparent,
        options: overrideDelivery(delivery, metadata),
        signal: context.signal,
        timeLeftMs: context.timeLeftMs,
        watch,
      });
      watch.ends(acceptedOutcome);
      return accepted;
    } catch (error) {
      watch.ends(failureOutcome(error));
      throw this.#reported(toBindingError(error));
    }
  }

  /** Makes the component known to those of the same `id`. */
  #join(config: ComponentConfig, direction: BindingInit["direction"]): void {
    const { delivery, siblings } = this.#deps;
    const readers = this.#readers;
    this.#isInput ||= direction === "input";
    siblings.put({
      id: config.id,
      readers,
      isInput: this.#isInput,
      status: () => componentStatus(config, delivery, readers),
    });
    if (direction === "input" && siblings.hasOtherInput({ id: config.id, readers })) {
      warnOfSharedId(config.id, this.#log);
    }
  }

  #configured(): Configuration {
    if (this.#configuration !== undefined) return this.#configuration;
    throw new Error("invoked before init");
  }

  #reported(error: unknown): unknown {
    if (error instanceof BindingError) {
      const { before, reason, after } = error.labels;
      const fields = { robot: this.#configured().id, ...before, reason, ...after };
      this.#log.warn(fields, "message not sent");
    }
    return error;
  }
}

/** Identifies the robots of a configuration. Holds secrets. */
function keysOf({ robots }: ComponentConfig): string {
  return robots.map(robotKey).join("\n");
}
