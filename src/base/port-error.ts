/** A port cannot be used. The message is meant for the operator. */
export class PortError extends Error {
  override readonly name = "PortError";
  readonly code = "PORT";
}
