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

const part = /([0-9]*\.?[0-9]+|[0-9]+\.)(ns|us|µs|μs|ms|s|m|h)/g;

/** The longest delay that a timer of Node can have: a little under 25 days. */
const maxMs = 2 ** 31 - 1;

/**
 * Reads a Go duration (`5s`, `1m30s`, `250ms`) or plain seconds (`30`) as milliseconds. The result
 * is undefined for any other text, for negative values and for more than 2,147,483,647 ms.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^[0-9]+(\.[0-9]+)?$/.test(trimmed)) return atMostMax(Number(trimmed) * 1000);
  const parts = [...trimmed.matchAll(part)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== trimmed) return undefined;
  const total = parts.reduce((sum, [, count, unit]) => {
    return sum + Number(count) * (unitMs[unit ?? ""] ?? Number.NaN);
  }, 0);
  return atMostMax(total);
}

function atMostMax(ms: number): number | undefined {
  return ms <= maxMs ? ms : undefined;
}
