import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import type { Binding, BindingInit, CallContext, CreateBinding } from "./binding.ts";
import { BindingError, notInitialized } from "./errors.ts";
import { Readers } from "./readers.ts";
import type { SavedInit, StateFile } from "./state-file.ts";

/** A component of daprd's, by the name in its YAML. */
export interface Instance {
  readonly binding: Binding;
  readonly readers: Readers;
}

interface Entry extends Instance {
  readonly loaded: Set<string>;
}

export interface InstancesOptions {
  readonly createBinding: CreateBinding;
  readonly clock: Clock;
  readonly log: Logger;
  /** Keeps every Init for the next start of the process. */
  readonly stateFile?: StateFile | undefined;
}

/**
 * All instances that were ever told of. There is no call that ends one, and connections come and
 * go without a new Init, so an instance lives as long as the process.
 */
export class Instances {
  readonly #options: InstancesOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: InstancesOptions) {
    this.#options = options;
  }

  /** @throws {BindingError} of FAILED_PRECONDITION before the first Init */
  get(name: string): Instance {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw notInitialized();
    return entry;
  }

  /** Makes the instance at its first Init and passes the configuration on at every one. */
  async init(init: BindingInit, { instance, componentType }: CallContext): Promise<void> {
    const entry = this.#configure(instance, init);
    this.#options.stateFile?.save({ ...init, instance, componentType });
    const load = `${componentType} ${init.direction}`;
    const fields = { instance, type: componentType, direction: init.direction };
    if (entry.loaded.has(load)) this.#options.log.info(fields, "daprd loaded the component again");
    else this.#options.log.info(fields, "daprd loaded the component from this process");
    entry.loaded.add(load);
    // Once answered, daprd never says it again: a process that is killed now has to know it.
    await this.#options.stateFile?.flush();
  }

  /**
   * Takes up what daprd told a former process; it does not tell it again.
   *
   * @returns the instances that daprd read from, which it will not do again by itself
   */
  restore(saved: readonly SavedInit[]): string[] {
    for (const { instance, componentType, ...init } of saved) {
      const fields = { instance, type: componentType, direction: init.direction };
      try {
        this.#configure(instance, init);
        this.#options.log.info(fields, "took the component up from the state file");
      } catch (error) {
        if (!(error instanceof BindingError)) throw error;
        const { reason } = error.labels;
        this.#options.log.warn({ ...fields, reason }, "could not take the component up");
      }
    }
    const readFrom = saved.filter(({ reading }) => reading === true);
    return readFrom.map(({ instance }) => instance).filter((name) => this.#entries.has(name));
  }

  /** Daprd opened a Read stream for the instance. */
  opened(instance: string): void {
    this.#options.stateFile?.markReading(instance);
  }

  #configure(instance: string, init: BindingInit): Entry {
    const entry = this.#entries.get(instance) ?? this.#create(instance);
    entry.binding.init(init);
    this.#entries.set(instance, entry);
    return entry;
  }

  #create(instance: string): Entry {
    const { createBinding, clock, log } = this.#options;
    const readers = new Readers(clock, log.child({ instance }));
    return { binding: createBinding(instance, readers), readers, loaded: new Set() };
  }
}
