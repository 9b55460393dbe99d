/** The metrics port cannot be used. The message is meant for the operator. */
export class MetricsPortError extends Error {
  override readonly name = "MetricsPortError";
  readonly code = "METRICS_PORT";
}
