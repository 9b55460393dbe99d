import { status } from "@grpc/grpc-js";

/** What a caller can match on, before the sentence that a person reads. */
export interface Labels {
  /** Stable word, kebab-case. */
  readonly reason: string;
  /** Further `name=value` pairs, in this order; those named `before` stand before the reason. */
  readonly before?: Readonly<Record<string, string | number>>;
  readonly after?: Readonly<Record<string, string | number>>;
}

/** What the gRPC caller sees. daprd passes on the text alone, so the labels are part of it. */
export class BindingError extends Error {
  override readonly name = "BindingError";
  readonly status: status;
  readonly labels: Labels;

  /** @param message one sentence: what failed and what to do, lower case, no full stop */
  constructor(code: status, labels: Labels, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = code;
    this.labels = labels;
  }

  /** @param domain the first word of every text, the name of the component */
  details(domain: string): string {
    const { before = {}, reason, after = {} } = this.labels;
    const pairs = [...Object.entries(before), ["reason", reason], ...Object.entries(after)];
    return `${[domain, ...pairs.map(([name, value]) => `${name}=${value}`)].join(" ")}: ${this.message}`;
  }
}

/** daprd repeats no Init to a process that was started again. */
export function notInitialized(): BindingError {
  return new BindingError(
    status.FAILED_PRECONDITION,
    { reason: "not-initialized" },
    "this process has not been told of the component since it started; restart daprd",
  );
}

export function shuttingDown(): BindingError {
  return new BindingError(
    status.UNAVAILABLE,
    { reason: "shutting-down" },
    "the component is shutting down, nothing was done; try again when it is back",
  );
}
