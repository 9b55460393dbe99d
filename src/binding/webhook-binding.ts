import { status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import type {
  Binding,
  BindingInit,
  CallContext,
  InputEvent,
  InvokeRequest,
  InvokeResponse,
} from "../dapr/binding.ts";
import { BindingError } from "../dapr/errors.ts";
import type { Readers } from "../dapr/readers.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { accepted as acceptedOutcome } from "../delivery/outcome.ts";
import { addMentions, parseMentions } from "../dingtalk/add-mentions.ts";
import type { ConnectionLease, Connections } from "../dingtalk/connections.ts";
import { parseMessage } from "../dingtalk/message.ts";
import { robotKey } from "../dingtalk/robot.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";
import { noWatch, type Telemetry } from "../telemetry/watch.ts";
import { appKeyOf } from "./app-key.ts";
import {
  type ComponentConfig,
  overrideDelivery,
  parseMetadata,
  unknownFields,
} from "./component-config.ts";
import { componentStatus } from "./component-status.ts";
import { forwardableMetadata } from "./event-metadata.ts";
import { failureOutcome, toBindingError } from "./failures.ts";

/** How long a Read stream of an old configuration may take to end before it means a second app. */
const reloadMs = 1000;

const accepted: InvokeResponse = {
  data: Buffer.from('{"errcode":0,"errmsg":"ok"}'),
  metadata: { errcode: "0", errmsg: "ok" },
};

/** What all bindings of the process share. */
export interface WebhookBindingParts {
  readonly connections: Connections;
  readonly delivery: Delivery;
  /** Every configured binding, for `get` across components of one id. */
  readonly siblings: Set<WebhookBinding>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Absent, nobody watches. */
  readonly telemetry?: Telemetry | undefined;
}

interface Configuration extends ComponentConfig {
  readonly leases: readonly ConnectionLease[];
}

/** Joins daprd's side to DingTalk's: `create` sends to the robot, `get` asks the app. */
export class WebhookBinding implements Binding {
  /** Not in the order of the built-in, so that `doctor` tells the two apart by daprd's refusals. */
  readonly operations = ["get", "create"];
  readonly #parts: WebhookBindingParts;
  readonly #readers: Readers;
  readonly #instance: string;
  readonly #log: Logger;
  #configuration: Configuration | undefined;
  #readsInput = false;

  constructor(instance: string, readers: Readers, parts: WebhookBindingParts) {
    this.#parts = parts;
    this.#readers = readers;
    this.#instance = instance;
    this.#log = parts.log.child({ instance });
  }

  init({ direction, properties }: BindingInit): void {
    const config = parseMetadata(properties);
    for (const { field, nearest } of unknownFields(properties)) {
      this.#log.warn(
        { field, nearest },
        "unknown metadata field ignored, did you mean the nearest?",
      );
    }
    const former = this.#configuration;
    const leases = config.robots.map(({ url }) => this.#parts.connections.lease(url.origin));
    this.#configuration = { ...config, leases };
    // Calls in flight hold leases of their own and end with the configuration they began with.
    for (const lease of former?.leases ?? []) lease.release();
    this.#parts.siblings.add(this);
    this.#parts.delivery.configure(this.#instance, config);
    this.#readsInput ||= direction === "input";
    if (direction === "input") this.#warnOfSharedId(config.id);
    if (former !== undefined && keysOf(former) !== keysOf(config)) {
      this.#warnOfSecondApp();
    }
  }

  invoke(request: InvokeRequest, context: CallContext): Promise<InvokeResponse> {
    switch (request.operation) {
      case "create":
        return this.#create(request, context);
      case "get":
        return this.#get(request, context);
      default:
        return Promise.reject(
          new BindingError(
            status.UNIMPLEMENTED,
            { reason: "unknown-operation" },
            "this operation is not offered; use create or get",
          ),
        );
    }
  }

  /** How its robots and readers are; nothing before it is configured. */
  status(): ComponentStatus[] {
    if (this.#configuration === undefined) return [];
    return [componentStatus(this.#configuration, this.#parts.delivery, this.#readers)];
  }

  async #create({ data, metadata }: InvokeRequest, context: CallContext): Promise<InvokeResponse> {
    const { id, robots, delivery } = this.#configured();
    const { traceparent } = metadata;
    const call = { robot: id, instance: this.#instance, traceparent };
    const watch = this.#parts.telemetry?.watch(call) ?? noWatch;
    try {
      const message = addMentions(parseMessage(data), parseMentions(metadata));
      await this.#parts.delivery.deliver({
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

  async #get({ data, metadata }: InvokeRequest, { signal }: CallContext): Promise<InvokeResponse> {
    const { id, ackTimeoutMs } = this.#configured();
    const event: InputEvent = { data, metadata: forwardableMetadata(metadata) };
    const response = await this.#readersOf(id).publish(event, { signal, ackTimeoutMs });
    return { data: response };
  }

  /** This component's own readers, or those of one with the same id, as the built-in links them. */
  #readersOf(id: string): Readers {
    if (this.#readers.open.length > 0) return this.#readers;
    const sibling = [...this.#parts.siblings].find(
      (other) => other.#configuration?.id === id && other.#readers.open.length > 0,
    );
    return sibling === undefined ? this.#readers : sibling.#readers;
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

  #warnOfSharedId(id: string): void {
    const others = [...this.#parts.siblings].filter(
      (other) => other !== this && other.#readsInput && other.#configuration?.id === id,
    );
    if (others.length === 0) return;
    this.#log.warn(
      { id },
      "another component reads under the same id; give each its own, or get may reach the wrong app",
    );
  }

  /** A reload ends the old streams first; two apps on one socket folder keep both open. */
  #warnOfSecondApp(): void {
    const formerReaders = this.#readers.open;
    if (formerReaders.length === 0) return;
    this.#parts.clock.after(reloadMs, () => {
      if (!formerReaders.some((reader) => reader.isOpen)) return;
      this.#log.warn(
        "two apps use one component name with different robots through this process; messages go to the robot that was loaded last. Give each app a socket folder of its own: DAPR_COMPONENTS_SOCKETS_FOLDER for its daprd and for its dingtalk-webhook",
      );
    });
  }
}

/** What tells the robots of one configuration from those of another. */
function keysOf({ robots }: ComponentConfig): string {
  return robots.map(robotKey).join("\n");
}
