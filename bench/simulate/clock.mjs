// A clock that runs faster, the same in every process that is given the same start.

/**
 * @typedef {object} ClockStart
 * @property {number} realStart milliseconds since 1970 at which both clocks showed the same
 * @property {number} speed simulated seconds in a second
 *
 * @typedef {import("../../src/base/clock.ts").Clock} Clock
 */

/**
 * @param {ClockStart} start
 * @returns {Clock}
 */
export function createClock({ realStart, speed }) {
  const startedAt = performance.now();
  return {
    elapsed: () => (performance.now() - startedAt) * speed,
    now: () => realStart + (Date.now() - realStart) * speed,
    after: (delayMs, action) => {
      const timer = setTimeout(action, Math.ceil(delayMs / speed));
      return () => clearTimeout(timer);
    },
  };
}

/**
 * @param {Clock} clock
 * @param {number} delayMs
 * @returns {Promise<void>}
 */
export function sleep(clock, delayMs) {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
