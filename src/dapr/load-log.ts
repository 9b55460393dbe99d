import type { Logger } from "pino";
import type { CallOrigin, Direction } from "./binding.ts";
import type { BindingError } from "./errors.ts";

/** Logs what daprd loads from this process. */
export class LoadLog {
  readonly #log: Logger;
  readonly #loaded = new Set<string>();
  #shared = "";

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Logs an Init. */
  tellLoad(direction: Direction, { instance, componentType }: CallOrigin): void {
    const load = JSON.stringify([instance, componentType, direction]);
    const fields = { instance, type: componentType, direction };
    if (this.#loaded.has(load)) this.#log.info(fields, "daprd loaded the component again");
    else this.#log.info(fields, "daprd loaded the component from this process");
    this.#loaded.add(load);
  }

  /** Logs an Init that was refused. daprd shows it in its own log alone, and often ends. */
  tellRefused(error: BindingError, direction: Direction, origin: CallOrigin): void {
    const { instance, componentType: type } = origin;
    const { before, reason, after } = error.labels;
    const fields = { instance, type, direction, ...before, reason, ...after };
    this.#log.error(fields, `refused to load the component: ${error.message}`);
  }

  /** Logs the names that several apps configure differently, whenever they change. */
  tellShared(instances: readonly string[]): void {
    const shared = JSON.stringify(instances);
    const isKnown = shared === this.#shared;
    this.#shared = shared;
    if (isKnown || instances.length === 0) return;
    this.#log.warn(
      { instances },
      "two apps use one component name with different configurations through this process; give each app a socket folder of its own: DAPR_COMPONENTS_SOCKETS_FOLDER for its daprd and for its dingtalk-webhook",
    );
  }
}
