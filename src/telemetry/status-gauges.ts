import { Counter, Gauge, type Registry } from "prom-client";

/** The status of one component at the time of a scrape. */
export interface ComponentStatus {
  /** The component's `id`. */
  readonly robot: string;
  /** Messages that may be posted at once; infinite without a limit. */
  readonly budgetLeft: number;
  /** Messages per minute; 0 without a limit. */
  readonly budget: number;
  /** Calls that wait for the budget. */
  readonly queueLength: number;
  /** Calls that may wait for the budget. */
  readonly maxQueue: number;
  /** Time until the robot gets a POST again after DingTalk has throttled it; 0 without a penalty. */
  readonly penaltyMs: number;
  /** Read streams that daprd holds open. */
  readonly streams: number;
}

/** Where the values of the gauges come from. */
export interface StatusSources {
  readonly components: () => readonly ComponentStatus[];
  /** This month's POSTs of a robot. */
  readonly posts: (robot: string) => number;
  /** How many keys of messages were forgotten before their time. */
  readonly forgottenKeys: () => number;
}

type RobotStatus = Omit<ComponentStatus, "robot">;

/** A gauge with one value for each robot. A robot without a value has no sample. */
interface RobotGauge {
  readonly name: string;
  readonly help: string;
  value(status: RobotStatus, robot: string): number | undefined;
}

const statusGauges: readonly RobotGauge[] = [
  {
    name: "dingtalk_budget_left",
    help: "Messages that the robot may get at once, as this process knows it; absent without a limit",
    value: ({ budget, budgetLeft }) => (budget === 0 ? undefined : budgetLeft),
  },
  {
    name: "dingtalk_budget_limit",
    help: "Messages that the robot may get in any minute; absent without a limit",
    value: ({ budget }) => (budget === 0 ? undefined : budget),
  },
  {
    name: "dingtalk_queue_length",
    help: "Calls that wait for the robot's budget",
    value: ({ queueLength }) => queueLength,
  },
  {
    name: "dingtalk_queue_limit",
    help: "Calls that may wait for the robot's budget",
    value: ({ maxQueue }) => maxQueue,
  },
  {
    name: "dingtalk_penalty_seconds",
    help: "Seconds until this process posts to the robot again that DingTalk throttled, 0 without a penalty",
    value: ({ penaltyMs }) => penaltyMs / 1000,
  },
  {
    name: "dingtalk_read_streams",
    help: "Read streams that daprd holds open for get",
    value: ({ streams }) => streams,
  },
];

/** Registers the gauges whose values are read from the components at every scrape. */
export function watchStatus(registry: Registry, sources: StatusSources): void {
  const { components, posts, forgottenKeys } = sources;
  const postsGauge: RobotGauge = {
    name: "dingtalk_posts_this_month",
    help: "POSTs of this calendar month in the component's timeZone; 0 after a restart. The organisation's quota counts them",
    value: (_status, robot) => posts(robot),
  };
  for (const { name, help, value } of [...statusGauges, postsGauge]) {
    new Gauge({
      name,
      help,
      labelNames: ["robot"],
      registers: [registry],
      collect() {
        // A robot that no component names any more has no sample.
        this.reset();
        for (const [robot, status] of byRobot(components())) {
          const now = value(status, robot);
          if (now !== undefined) this.set({ robot }, now);
        }
      },
    });
  }
  new Gauge({
    name: "dingtalk_instances",
    help: "Components that daprd has configured",
    registers: [registry],
    collect() {
      this.set(components().length);
    },
  });
  new Counter({
    name: "dingtalk_forgotten_keys_total",
    help: "Keys of messages that this process forgot before deduplicateFor was over",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(forgottenKeys());
    },
  });
}

/** Components of one id are one robot in the metrics, with the worse value of each gauge. */
function byRobot(components: readonly ComponentStatus[]): Map<string, RobotStatus> {
  const robots = new Map<string, RobotStatus>();
  for (const { robot, ...status } of components) {
    const other = robots.get(robot);
    robots.set(robot, other === undefined ? status : worseOf(status, other));
  }
  return robots;
}

function worseOf(a: RobotStatus, b: RobotStatus): RobotStatus {
  const tighter = a.budgetLeft <= b.budgetLeft ? a : b;
  return {
    budgetLeft: tighter.budgetLeft,
    budget: tighter.budget,
    queueLength: Math.max(a.queueLength, b.queueLength),
    maxQueue: Math.min(a.maxQueue, b.maxQueue),
    penaltyMs: Math.max(a.penaltyMs, b.penaltyMs),
    // The components have different streams, and get uses any of them.
    streams: a.streams + b.streams,
  };
}
