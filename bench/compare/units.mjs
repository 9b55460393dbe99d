// How quantities are written in the table.

/** @param {number} value */
export function whole(value) {
  return Math.round(value).toLocaleString("en");
}

/** @param {number} value */
export function ms(value) {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

/** @param {number} kib */
export function megabytes(kib) {
  return (kib * 1024) / 1e6;
}

/** @param {number} kib */
export function mb(kib) {
  return `${megabytes(kib).toFixed(1)} MB`;
}

/**
 * A difference with its sign.
 *
 * @param {number} value
 * @param {(value: number) => string} unit
 */
export function signed(value, unit) {
  return `${value < 0 ? "−" : "+"} ${unit(Math.abs(value))}`;
}
