/** The callback port cannot be used. The message is meant for the operator. */
export class CallbackPortError extends Error {
  override readonly name = "CallbackPortError";
  readonly code = "CALLBACK_PORT";
}
