import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import type { Binding, BindingInit } from "./binding.ts";
import { Claims } from "./claims.ts";
import type { Component } from "./component.ts";
import type { Reader, Unsent, WriteEvent } from "./reader.ts";
import { Readers } from "./readers.ts";

/** What an {@link Instance} is made of. */
export interface InstanceDeps {
  readonly component: Component;
  readonly clock: Clock;
  readonly log: Logger;
  /** The events of all instances that daprd has not taken yet. */
  readonly unsent?: Unsent;
}

/**
 * One configuration of a component: the binding, and the Read streams that are open for it. Apps
 * that load one name with equal configurations share an instance.
 */
export class Instance {
  /** The component's name in the YAML. */
  readonly name: string;
  readonly binding: Binding;
  readonly readers: Readers;
  readonly claims = new Claims();
  #properties: string | undefined;
  #isClosed = false;

  constructor(name: string, { component, clock, log, unsent }: InstanceDeps) {
    this.name = name;
    this.readers = new Readers(clock, log.child({ instance: name }), unsent);
    this.binding = component.createBinding(name, this.readers);
  }

  /** Whether no app uses the instance any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws {BindingError} of the binding; the former configuration stays */
  init(init: BindingInit): void {
    this.binding.init(init);
    this.#properties = textOf(init.properties);
  }

  /** Whether these properties are those of the last Init. */
  isConfiguredBy(properties: BindingInit["properties"]): boolean {
    return textOf(properties) === this.#properties;
  }

  /** Adds a Read stream and tells the binding. */
  openReader(write: WriteEvent): Reader {
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

/** Equal for equal properties, in whatever order they came. */
function textOf(properties: BindingInit["properties"]): string {
  return JSON.stringify(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)));
}
