import type {
  FailureReason,
  Link,
  LoopEffect,
  LoopEvent,
  LoopInputs,
  LoopState,
  LoopStep,
  ReconnectReason,
} from "./loop-types.ts";

/** A connection that lived as long is stable: the delays begin anew after it. */
export const stableMs = 60_000;
/** The longest delay of an attempt, but for refused credentials. */
export const maxDelayMs = 60_000;
/** How long a replaced connection is read after the new one opened, unless its peer closes it. */
export const drainMs = 15_000;
/**
 * How many `disconnect` frames are followed by an attempt without delay until a connection is stable.
 * Later ones wait like all other ends, so a server that disconnects each new connection is not flooded.
 */
export const maxSwiftReplacements = 30;
/** The delays after refused credentials. The last one repeats. */
const refusalDelaysMs = [1, 2, 4, 8, 10].map((minutes) => minutes * 60_000);

/** The state before `start`. */
export const initialLoop: LoopState = {
  phase: "idle",
  nextId: 1,
  attempt: undefined,
  isRetrySet: false,
  current: undefined,
  previous: undefined,
  delays: 0,
  swiftReplacements: 0,
  refusals: 0,
};

/**
 * Decides what follows from an event.
 *
 * While the loop runs, exactly one of three is there: a current connection, an attempt, the timer of
 * the next attempt. An attempt and open connections are never more than two together.
 */
export function stepLoop(state: LoopState, event: LoopEvent, inputs: LoopInputs): LoopStep {
  if (state.phase === "stopped") return stepStopped(state, event);
  if (state.phase === "idle" && event.type !== "start") return stay(state);
  switch (event.type) {
    case "start":
      return state.phase === "idle" ? attempt({ ...state, phase: "running" }) : stay(state);
    case "stop":
      return stop(state);
    case "retry":
      return state.isRetrySet ? attempt({ ...state, isRetrySet: false }) : stay(state);
    case "renewed":
      return renew(state, event.isChanged, inputs);
    case "opened":
      return open(state, event.id, inputs);
    case "failed":
      return state.attempt === event.id ? fail(state, event.reason, inputs) : stay(state);
    case "ended":
      return end(state, event, inputs);
    case "disconnect":
      return state.current?.id === event.id ? replace(state, inputs) : stay(state);
    case "drained":
      return state.previous?.id === event.id ? dropPrevious(state) : stay(state);
  }
}

/** After the stop, connections end and none is made. */
function stepStopped(state: LoopState, event: LoopEvent): LoopStep {
  if (event.type === "drained" && state.previous?.id === event.id) return dropPrevious(state);
  if (event.type === "opened") return { state, effects: [{ type: "terminate", id: event.id }] };
  return stay(withoutEnded(state, event));
}

function stay(state: LoopState): LoopStep {
  return { state, effects: [] };
}

/** What comes after `before`. */
function join(before: readonly LoopEffect[], { state, effects }: LoopStep): LoopStep {
  return { state, effects: [...before, ...effects] };
}

function withoutEnded(state: LoopState, event: LoopEvent): LoopState {
  if (event.type !== "ended") return state;
  const { current, previous } = state;
  return {
    ...state,
    current: current?.id === event.id ? undefined : current,
    previous: previous?.id === event.id ? undefined : previous,
  };
}

function attempt(state: LoopState): LoopStep {
  const id = state.nextId;
  return {
    state: { ...state, nextId: id + 1, attempt: id },
    effects: [{ type: "attempt", id }],
  };
}

function stop(state: LoopState): LoopStep {
  return {
    state: { ...state, phase: "stopped", attempt: undefined, isRetrySet: false },
    effects: giveUp(state),
  };
}

/** Ends the attempt or the wait for one. */
function giveUp({ attempt: id, isRetrySet }: LoopState): LoopEffect[] {
  if (id !== undefined) return [{ type: "abandon", id }];
  return isRetrySet ? [{ type: "clear-retry" }] : [];
}

function renew(state: LoopState, isChanged: boolean, inputs: LoopInputs): LoopStep {
  if (!isChanged && !state.isRetrySet) return stay(state);
  const effects = giveUp(state);
  const { state: retired, effects: more } = retire(state, inputs);
  return join([...effects, ...more], attempt({ ...retired, isRetrySet: false, refusals: 0 }));
}

/** Makes the current connection the previous one. The one before it ends at once. */
function retire(state: LoopState, { elapsedMs }: LoopInputs): LoopStep {
  const { current } = state;
  if (current === undefined) return stay(state);
  const { state: rest, effects } = dropPrevious(state);
  return {
    state: { ...calm(rest, current, elapsedMs), current: undefined, previous: current },
    effects,
  };
}

function dropPrevious(state: LoopState): LoopStep {
  const { previous } = state;
  if (previous === undefined) return stay(state);
  const effects = [{ type: "terminate", id: previous.id }] as const;
  return { state: { ...state, previous: undefined }, effects };
}

/** Lets the delays begin anew if the connection was stable. */
function calm(state: LoopState, link: Link, elapsedMs: number): LoopState {
  const isStable = elapsedMs - link.openedAt >= stableMs;
  return isStable ? { ...state, delays: 0, swiftReplacements: 0 } : state;
}

function open(state: LoopState, id: number, { elapsedMs }: LoopInputs): LoopStep {
  // An attempt that was abandoned opened nevertheless.
  if (state.attempt !== id) return { state, effects: [{ type: "terminate", id }] };
  const { previous } = state;
  return {
    state: { ...state, attempt: undefined, refusals: 0, current: { id, openedAt: elapsedMs } },
    effects: previous === undefined ? [] : [{ type: "drain", id: previous.id, ms: drainMs }],
  };
}

function fail(state: LoopState, reason: FailureReason, inputs: LoopInputs): LoopStep {
  const rest = { ...state, attempt: undefined };
  if (reason !== "credentials") return delay(rest, reason, inputs);
  const last = refusalDelaysMs.length - 1;
  const ms = refusalDelaysMs[Math.min(state.refusals, last)] ?? maxDelayMs;
  return setRetry({ ...rest, refusals: state.refusals + 1 }, reason, ms);
}

function end(
  state: LoopState,
  event: Extract<LoopEvent, { type: "ended" }>,
  inputs: LoopInputs,
): LoopStep {
  const { current } = state;
  if (current?.id !== event.id) return stay(withoutEnded(state, event));
  const rest = calm(withoutEnded(state, event), current, inputs.elapsedMs);
  return delay(rest, event.reason, inputs);
}

function replace(state: LoopState, inputs: LoopInputs): LoopStep {
  const reason: ReconnectReason = "disconnect";
  const { state: rest, effects } = retire(state, inputs);
  const { swiftReplacements } = rest;
  if (swiftReplacements >= maxSwiftReplacements) return join(effects, delay(rest, reason, inputs));
  const next = attempt({ ...rest, swiftReplacements: swiftReplacements + 1 });
  return join([...effects, { type: "tell", reason, ms: 0 }], next);
}

/** Waits for a random time, so that many processes do not come back at the same moment. */
function delay(state: LoopState, reason: ReconnectReason, { random }: LoopInputs): LoopStep {
  const ms = Math.floor(random * Math.min(maxDelayMs, 1000 * 2 ** state.delays));
  return setRetry({ ...state, delays: state.delays + 1 }, reason, ms);
}

function setRetry(state: LoopState, reason: ReconnectReason, ms: number): LoopStep {
  return {
    state: { ...state, isRetrySet: true },
    effects: [
      { type: "tell", reason, ms },
      { type: "set-retry", ms },
    ],
  };
}
