/** Milliseconds of the processor, which other processes on the machine do not change much. */
function costOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Work that is cheaper than this, in milliseconds, tells nothing and harms nobody. */
const cheapMs = 250;

/**
 * How many times as much work four times the input costs: about 4 for linear work, 16 for quadratic
 * work. The lesser of two runs counts. Cheap work grows by 1.
 */
export function growth<Input>(create: (size: number) => Input, work: (input: Input) => unknown) {
  return (size: number): number => {
    const [small, large] = [create(size), create(4 * size)];
    const first = costOf(() => work(large));
    if (first < cheapMs) return 1;
    const cost = Math.min(
      first,
      costOf(() => work(large)),
    );
    const least = Math.min(...[1, 2].map(() => costOf(() => work(small))));
    return cost < cheapMs ? 1 : cost / Math.max(least, 5);
  };
}
