/** Tells a time that is up from a caller that went away, by the reason's name `TimeoutError`. */
export function isTimeUp({ reason }: Pick<AbortSignal, "reason">): boolean {
  return reason instanceof Error && reason.name === "TimeoutError";
}
