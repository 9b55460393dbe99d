/**
 * How long after its outcome a message without a key of the app's may be repeated, in milliseconds.
 * daprd's own retries come within this time; what comes later is a new message.
 */
export const repeatForMs = 20_000;
