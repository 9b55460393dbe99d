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
import type { Pool } from "../delivery/pool.ts";
import type { Connections } from "../dingtalk/connections.ts";
import type { RobotMessage } from "../dingtalk/message.ts";
import { robotName } from "../dingtalk/robot.ts";
import { RobotChannel } from "../dingtalk/robot-channel.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";
import type { Telemetry } from "../telemetry/watch.ts";
import { type ComponentConfig, parseMetadata, unknownFields } from "./component-config.ts";
import { componentStatus } from "./component-status.ts";
import { create } from "./create.ts";
import { forwardableMetadata } from "./event-metadata.ts";
import { toBindingError } from "./failures.ts";

/** How long a Read stream of an old configuration may take to end before it means a second app. */
const reloadMs = 1000;

/** What all bindings of the process share. */
export interface WebhookBindingParts {
  readonly connections: Connections;
  readonly delivery: Delivery<RobotMessage>;
  /** Every configured binding, for `get` across components of one id. */
  readonly siblings: Set<WebhookBinding>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Absent, nobody watches. */
  readonly telemetry?: Telemetry | undefined;
}

interface Configuration {
  readonly config: ComponentConfig;
  readonly pool: Pool<RobotMessage>;
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
    const channels = config.robots.map((robot) => new RobotChannel(robot, this.#parts));
    const { redis } = config;
    const pool = this.#parts.delivery.open(this.#instance, { channels, redis });
    this.#configuration = { config, pool };
    // Calls in flight end with the configuration with which they began.
    former?.pool.close();
    this.#parts.siblings.add(this);
    this.#readsInput ||= direction === "input";
    if (direction === "input") this.#warnOfSharedId(config.id);
    if (former !== undefined && namesOf(former.config) !== namesOf(config)) {
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
    return [componentStatus(this.#configuration, this.#readers)];
  }

  async #create(request: InvokeRequest, context: CallContext): Promise<InvokeResponse> {
    const { config, pool } = this.#configured();
    const target = { instance: this.#instance, config, pool };
    try {
      return await create(request, context, { ...target, ...this.#parts });
    } catch (error) {
      throw this.#reported(toBindingError(error));
    }
  }

  async #get({ data, metadata }: InvokeRequest, { signal }: CallContext): Promise<InvokeResponse> {
    const { id, ackTimeoutMs } = this.#configured().config;
    const event: InputEvent = { data, metadata: forwardableMetadata(metadata) };
    const response = await this.#readersOf(id).publish(event, { signal, ackTimeoutMs });
    return { data: response };
  }

  /** This component's own readers, or those of one with the same id, as the built-in links them. */
  #readersOf(id: string): Readers {
    if (this.#readers.open.length > 0) return this.#readers;
    const sibling = [...this.#parts.siblings].find(
      (other) => other.#configuration?.config.id === id && other.#readers.open.length > 0,
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
      const fields = { robot: this.#configured().config.id, ...before, reason, ...after };
      this.#log.warn(fields, "message not sent");
    }
    return error;
  }

  #warnOfSharedId(id: string): void {
    const others = [...this.#parts.siblings].filter(
      (other) => other !== this && other.#readsInput && other.#configuration?.config.id === id,
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
function namesOf({ robots }: ComponentConfig): string {
  return robots.map(robotName).join("\n");
}
