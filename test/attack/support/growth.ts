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
 * work. The least of several runs counts. Cheap work grows by 1.
 */
export function growth<Input>(create: (size: number) => Input, work: (input: Input) => unknown) {
  return (size: number): number => {
    const large = create(4 * size);
    if (costOf(() => work(large)) < cheapMs) return 1;
    const small = create(size);
    const least = (input: Input): number =>
      Math.min(...[1, 2, 3].map(() => costOf(() => work(input))));
    const cost = least(large);
    return cost < cheapMs ? 1 : cost / Math.max(least(small), 5);
  };
}
