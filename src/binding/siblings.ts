import type { Readers } from "../dapr/readers.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";

/** A configured component, as the rest of the process sees it. */
export interface Sibling {
  /** The component's name in the YAML. Another sibling of this name belongs to another app. */
  readonly instance: string;
  /** The `id` in the component's metadata. Several components may have one `id`. */
  readonly id: string;
  /** The component's own Read streams. Each component has one `Readers` for as long as it lives. */
  readonly readers: Readers;
  /** daprd loaded the component for the input direction. */
  readonly isInput: boolean;
  /** How the component stands at the moment. */
  status(): ComponentStatus;
}

/** What finds the siblings of a component. */
export type SiblingKey = Pick<Sibling, "id" | "instance" | "readers">;

/** All configured components of the process. Those of one `id` answer `get` for each other. */
export class Siblings {
  readonly #siblings = new Map<Readers, Sibling>();

  /** Adds a component, or takes its new configuration. */
  put(sibling: Sibling): void {
    this.#siblings.set(sibling.readers, sibling);
  }

  /** Forgets the component that these readers belong to. */
  remove(readers: Readers): void {
    this.#siblings.delete(readers);
  }

  /**
   * Finds whom `get` asks: the component's own readers, else those of another component of the same
   * `id`, as the built-in binding links them. Returns the own readers where nobody reads.
   */
  readersFor(own: SiblingKey): Readers {
    const { readers } = own;
    if (readers.open.length > 0) return readers;
    const reading = this.#others(own).find((other) => other.readers.open.length > 0);
    return reading?.readers ?? readers;
  }

  /** Tells whether another component for the input direction has this `id`. */
  hasOtherInput(own: SiblingKey): boolean {
    return this.#others(own).some(({ isInput }) => isInput);
  }

  /** How each component stands at the moment. */
  statuses(): ComponentStatus[] {
    return [...this.#siblings.values()].map((sibling) => sibling.status());
  }

  #others({ id, instance }: SiblingKey): Sibling[] {
    return [...this.#siblings.values()].filter(
      (other) => other.id === id && other.instance !== instance,
    );
  }
}
