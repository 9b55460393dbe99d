import type { CancelSignal } from "../base/cancellation.ts";
import type { Readers } from "./readers.ts";

/** The part of a component that one YAML document declares; both directions share one object. */
export interface Binding {
  /** What `invoke` understands; daprd refuses the rest by itself. */
  readonly operations: readonly string[];
  /**
   * Takes a configuration, the first or a new one. Called once for each direction, by every daprd
   * that loads the component, so it comes at least twice with the same properties. No I/O.
   *
   * @throws {BindingError} with a text for the operator; the former configuration stays
   */
  init(init: BindingInit): void;
  /** @throws {BindingError} for every failure that the caller can do something about */
  invoke(request: InvokeRequest, context: CallContext): Promise<InvokeResponse>;
}

/** Makes the binding of an instance at its first Init. Events for the app go through `readers`. */
export type CreateBinding = (instance: string, readers: Readers) => Binding;

export type Direction = "input" | "output";

export interface BindingInit {
  readonly direction: Direction;
  /** `spec.metadata` of the YAML: keys as written, secrets resolved. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface InvokeRequest {
  readonly operation: string;
  readonly data: Buffer;
  /** The app's own, and under gRPC every header of its call: may hold secrets. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface InvokeResponse {
  readonly data: Uint8Array;
  /** Becomes `metadata.<key>` response headers: keys `[A-Za-z0-9-]`, values printable ASCII. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An event for the app. */
export interface InputEvent {
  readonly data: Uint8Array;
  /** Becomes request headers of the app's route. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface CallContext {
  /** Component name; empty for the default instance. */
  readonly instance: string;
  /** Such as `bindings.dingtalk.webhook`: the socket that the call came through. */
  readonly componentType: string;
  /** Aborts when the caller goes away or, named `TimeoutError`, at its deadline. */
  readonly signal: CancelSignal;
  /** Milliseconds until the caller's deadline when the call came, infinite without one. */
  readonly timeLeftMs: number;
}
