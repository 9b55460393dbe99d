/** Milliseconds of each unit. Both signs for micro are in use. */
const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const part = /([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)/gy;

/** No duration needs more characters. */
const maxLength = 100;

/** The longest delay that a timer of Node can have: a little under 25 days. */
const maxMs = 2 ** 31 - 1;

/**
 * Reads a Go duration (`5s`, `1m30s`, `250ms`) or plain seconds (`30`) as milliseconds. The result
 * is undefined for any other text, for negative values, for more than 2,147,483,647 ms, and for a
 * text of more than 100 characters.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > maxLength) return undefined;
  const trimmed = text.trim();
  if (/^[0-9]+(\.[0-9]+)?$/.test(trimmed)) return atMostMax(Number(trimmed) * 1000);
  let total = 0;
  let end = 0;
  for (const [found, count, unit] of trimmed.matchAll(part)) {
    total += Number(count) * (unitMs[unit ?? ""] ?? Number.NaN);
    end += found.length;
  }
  return end === 0 || end < trimmed.length ? undefined : atMostMax(total);
}

function atMostMax(ms: number): number | undefined {
  return ms <= maxMs ? ms : undefined;
}
