import type { Readers } from "./readers.ts";

/** What one YAML document declares. The input and the output direction share one object. */
export interface Binding {
  /** The operations that `invoke` understands. daprd itself refuses all others. */
  readonly operations: readonly string[];
  /**
   * Takes a configuration, the first or a new one. Every daprd that loads the component calls this
   * once for each direction, so at least two calls bring the same properties. Apps that load one
   * component name with different properties have a binding each. Does no I/O.
   *
   * @throws {BindingError} with a text for the operator; the former configuration stays
   */
  init(init: BindingInit): void;
  /** @throws {BindingError} for every failure that the caller can do something about */
  invoke(request: InvokeRequest, context: CallContext): Promise<InvokeResponse>;
  /**
   * Hears that daprd began or stopped to read. Never throws. A binding that publishes only inside
   * `invoke` does without this method.
   *
   * @param open how many Read streams are open now
   */
  readersChanged?(open: number): void;
  /**
   * Gives everything back that `init` took. Called once: when no app uses the configuration any
   * more, or at the end of the process, when the calls in flight are answered or their time is up.
   * No other method is called afterwards. A call in flight goes on.
   */
  close(): Promise<void>;
}

/**
 * Makes the binding of an instance before its first Init. A binding whose first Init fails is
 * dropped without `close`, so only `init` may take what has to be given back.
 *
 * @param readers takes the events for the app
 */
export type CreateBinding = (instance: string, readers: Readers) => Binding;

/** `input` is what daprd reads from, `output` is what daprd invokes. */
export type Direction = "input" | "output";

/** One Init of daprd. */
export interface BindingInit {
  readonly direction: Direction;
  /** `spec.metadata` of the YAML: keys as written, secrets resolved. */
  readonly properties: Readonly<Record<string, string>>;
}

/** A call of the app, as daprd passes it on. */
export interface InvokeRequest {
  readonly operation: string;
  readonly data: Buffer;
  /** The app's own metadata, and under gRPC every header of its call. May hold secrets. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The answer to an {@link InvokeRequest}. */
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

/** Tells which instance a call of daprd is for. */
export interface CallOrigin {
  /** The component's name in the YAML; empty for the default instance. */
  readonly instance: string;
  /** Names the socket that the call came through, such as `bindings.dingtalk.webhook`. */
  readonly componentType: string;
}

/** What is known of a call beside its request. */
export interface CallContext extends CallOrigin {
  /** Aborts when the caller goes away or, with a reason named `TimeoutError`, at its deadline. */
  readonly signal: AbortSignal;
  /** Milliseconds from the arrival of the call to the caller's deadline; infinite without one. */
  readonly timeLeftMs: number;
}
