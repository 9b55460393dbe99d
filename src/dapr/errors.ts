import { status } from "@grpc/grpc-js";

/** The part of an error text that programs can match. It stands before the sentence for people. */
export interface Labels {
  /** A stable word in kebab-case. */
  readonly reason: string;
  /** Further `name=value` pairs, in this order: `before` stands before the reason, `after` behind. */
  readonly before?: Readonly<Record<string, string | number>>;
  readonly after?: Readonly<Record<string, string | number>>;
}

/**
 * A failure as the gRPC caller sees it. daprd passes only the text on, so the text begins with the
 * labels.
 */
export class BindingError extends Error {
  override readonly name = "BindingError";
  readonly status: status;
  readonly labels: Labels;

  /** @param message says what failed and what to do: one sentence, lower case, no full stop */
  constructor(code: status, labels: Labels, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = code;
    this.labels = labels;
  }

  /**
   * The text that the caller gets, such as `acme field=size reason=too-large: send less`.
   *
   * @param domain first word of the text, names the component
   */
  details(domain: string): string {
    const { before = {}, reason, after = {} } = this.labels;
    const pairs = [...Object.entries(before), ["reason", reason], ...Object.entries(after)];
    return `${[domain, ...pairs.map(([name, value]) => `${name}=${value}`)].join(" ")}: ${this.message}`;
  }
}

/** The failure of a call to an instance without an Init. daprd repeats no Init after a restart of ours. */
export function notInitialized(): BindingError {
  return new BindingError(
    status.FAILED_PRECONDITION,
    { reason: "not-initialized" },
    "this process has not been told of the component since it started; restart daprd, or change the component's YAML, which makes daprd load it again",
  );
}

/** The failure of a call that may be of either of two apps. */
export function ambiguous(): BindingError {
  return new BindingError(
    status.FAILED_PRECONDITION,
    { reason: "ambiguous-component" },
    "several apps use this component name with different configurations, and this connection does not tell which of them calls; give each app a socket folder of its own by DAPR_COMPONENTS_SOCKETS_FOLDER, or give the components different names, then restart this process and the daprds",
  );
}

/** The failure of a call that comes after the process began to end. */
export function shuttingDown(): BindingError {
  return new BindingError(
    status.UNAVAILABLE,
    { reason: "shutting-down" },
    "the component is shutting down, nothing was done; try again when it is back",
  );
}

/** The reason of a call's signal that aborts because the grace of the process is over. */
export const graceIsOver = new DOMException("the component is shutting down", "ShutdownError");

/** The failure of a call that was in flight when the grace of the process was over. */
export function cutOff(whatMayBe = "the call may have been done"): BindingError {
  return new BindingError(
    status.UNAVAILABLE,
    { reason: "shutting-down" },
    `the component is shutting down before the answer; ${whatMayBe}`,
  );
}

/** The failure of a call while other calls hold as much data as fits. */
export function tooManyBytes(): BindingError {
  return new BindingError(
    status.RESOURCE_EXHAUSTED,
    { reason: "too-many-bytes" },
    "the calls in flight hold too much data, nothing was done; send smaller messages or fewer at once",
  );
}
