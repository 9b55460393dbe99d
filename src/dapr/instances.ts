import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import type { Binding, BindingInit, CallOrigin } from "./binding.ts";
import { type Component, componentTypeOf } from "./component.ts";
import { BindingError, notInitialized } from "./errors.ts";
import type { Reader } from "./reader.ts";
import { Readers } from "./readers.ts";
import type { SavedInit, StateFile } from "./state-file.ts";

/** What the {@link Instances} of a component are made of. */
export interface InstancesOptions {
  readonly component: Component;
  readonly clock: Clock;
  readonly log: Logger;
  /** Keeps every Init for the next start of the process. */
  readonly stateFile?: StateFile | undefined;
}

/** What daprd loaded under one name: the binding, and the Read streams that are open for it. */
export class Instance {
  /** The component's name in the YAML. */
  readonly name: string;
  readonly binding: Binding;
  readonly readers: Readers;
  #isClosed = false;

  constructor(name: string, { component, clock, log }: InstancesOptions) {
    this.name = name;
    this.readers = new Readers(clock, log.child({ instance: name }));
    this.binding = component.createBinding(name, this.readers);
  }

  /** Adds a Read stream and tells the binding. */
  openReader(write: Reader["write"]): Reader {
    const reader = this.readers.add(write);
    this.#tellReaders();
    return reader;
  }

  /** Takes a Read stream out and tells the binding. */
  closeReader(reader: Reader): void {
    this.readers.remove(reader);
    this.#tellReaders();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.binding.close();
  }

  #tellReaders(): void {
    if (!this.#isClosed) this.binding.readersChanged?.(this.readers.open.length);
  }
}

/**
 * All instances of one component. Instances of two components may have one name.
 *
 * daprd never says that it dropped a component, and its connections come and go without a new Init.
 * So an instance lives as long as the process.
 */
export class Instances {
  readonly #options: InstancesOptions;
  readonly #types: ReadonlySet<string>;
  readonly #instances = new Map<string, Instance>();
  readonly #loaded = new Set<string>();

  constructor(options: InstancesOptions) {
    this.#options = options;
    this.#types = new Set(options.component.names.map(componentTypeOf));
  }

  /** @throws {BindingError} of FAILED_PRECONDITION before the first Init */
  get({ instance: name }: CallOrigin): Instance {
    const instance = this.#instances.get(name);
    if (instance === undefined) throw notInitialized();
    return instance;
  }

  /**
   * Makes the instance at its first Init and passes every configuration on to its binding.
   *
   * @throws {BindingError} of the binding
   */
  async init(init: BindingInit, { instance, componentType }: CallOrigin): Promise<void> {
    const { log, stateFile } = this.#options;
    this.#configure(instance, init);
    stateFile?.save({ ...init, instance, componentType });
    const load = JSON.stringify([instance, componentType, init.direction]);
    const fields = { instance, type: componentType, direction: init.direction };
    if (this.#loaded.has(load)) log.info(fields, "daprd loaded the component again");
    else log.info(fields, "daprd loaded the component from this process");
    this.#loaded.add(load);
    // daprd never repeats an answered Init, so the file has to hold it before the answer.
    await stateFile?.flush();
  }

  /**
   * Takes up what daprd told a former process, because daprd does not tell it again. Leaves the
   * Inits of other components alone.
   *
   * @returns the instances that daprd read from; daprd does not read again by itself
   */
  restore(saved: readonly SavedInit[]): Instance[] {
    const own = saved.filter(({ componentType }) => this.#types.has(componentType));
    for (const init of own) this.#restoreOne(init);
    const names = own.filter(({ reading }) => reading === true).map(({ instance }) => instance);
    return [...this.#instances.values()].filter(({ name }) => names.includes(name));
  }

  /** Remembers over a restart that daprd reads from the instance. */
  markReading(origin: CallOrigin): void {
    this.#options.stateFile?.markReading(origin);
  }

  /** Closes all bindings. A failure is logged, and the others are closed all the same. */
  async close(): Promise<void> {
    const closings = [...this.#instances.values()].map((instance) =>
      instance.close().catch((error: unknown) => {
        this.#options.log.error({ err: error, instance: instance.name }, "a binding did not close");
      }),
    );
    await Promise.all(closings);
  }

  #restoreOne({ instance, componentType, ...init }: SavedInit): void {
    const { log } = this.#options;
    const fields = { instance, type: componentType, direction: init.direction };
    try {
      this.#configure(instance, init);
      log.info(fields, "took the component up from the state file");
    } catch (error) {
      if (!(error instanceof BindingError)) throw error;
      const { reason } = error.labels;
      log.warn({ ...fields, reason }, "could not take the component up");
    }
  }

  #configure(name: string, init: BindingInit): void {
    const instance = this.#instances.get(name) ?? new Instance(name, this.#options);
    instance.binding.init(init);
    this.#instances.set(name, instance);
  }
}
