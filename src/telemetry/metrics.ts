import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Clock } from "../base/clock.ts";
import { MonthlyPosts } from "./monthly-posts.ts";
import { createReceiveMetrics } from "./receive-metrics.ts";
import type { ReceiveTelemetry } from "./receive-telemetry.ts";
import { type ComponentStatus, watchStatus } from "./status-gauges.ts";
import type { SendWatch, Telemetry, WatchedCall } from "./watch.ts";

/** What the metrics use from outside. */
export interface MetricsDeps {
  /** Version of this program. */
  readonly version: string;
  readonly clock: Pick<Clock, "now" | "elapsed">;
  /** Names the month in which a POST is counted. Takes milliseconds since 1970 and a time zone. */
  readonly monthOf: (timeMs: number, timeZone?: string) => string;
  /** The status of each configured component. Called at every scrape. */
  readonly components: () => readonly ComponentStatus[];
  /** How many keys of messages were forgotten before their time. Called at every scrape. */
  readonly forgottenKeys: () => number;
  /** Watches each received message, for traces. If unset, nobody does. */
  readonly watchReceipt?: ReceiveTelemetry["watch"] | undefined;
}

/** Bounds in seconds: from the answer of a near host to the longest usual `maxWait`. */
const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/** How long the series of an id stay that no component has any more. Scrapes come every minute or so. */
const goneMs = 600_000;
/** DingTalk has about thirty errcodes. Another server in its place could send any number. */
const mostErrcodes = 100;

/**
 * Metrics for Prometheus. Their names are stable, because dashboards and alert rules use them.
 * prom-client's successor is `@prometheus-io/client`, which needs Node 22 and so has to wait for the
 * lowest Node that package.json promises.
 */
export class Metrics implements Telemetry {
  /** Counts what is received. */
  readonly receiving: ReceiveTelemetry;
  readonly #registry = new Registry();
  readonly #deps: MetricsDeps;
  readonly #posts: MonthlyPosts;
  /** When each id with series was last that of a component. */
  readonly #seenAt = new Map<string, number>();
  readonly #errcodes = new Set<number>();
  readonly #sends = this.#counter(
    "dingtalk_sends_total",
    "Calls of create that were answered, by what became of them",
    ["robot", "outcome", "reason", "errcode"],
  );
  readonly #retries = this.#counter(
    "dingtalk_retries_total",
    "POSTs that repeated one before, by what had failed",
    ["robot", "reason"],
  );
  readonly #duplicates = this.#counter(
    "dingtalk_duplicates_suppressed_total",
    "Calls of create that repeated another, for which nothing was posted",
    ["robot"],
  );
  readonly #seconds = new Histogram({
    name: "dingtalk_send_phase_duration_seconds",
    help: "How long messages waited for a place in the budget (wait) and robots took to answer (post)",
    labelNames: ["robot", "phase"] as const,
    buckets: secondsBuckets,
    registers: [this.#registry],
  });

  constructor(deps: MetricsDeps) {
    this.#deps = deps;
    this.#posts = new MonthlyPosts(deps.monthOf);
    const posts = (robot: string): number => this.#posts.of(robot, deps.clock.now());
    watchStatus(this.#registry, { ...deps, posts });
    this.receiving = createReceiveMetrics(this.#registry, deps.watchReceipt);
    const build = new Gauge({
      name: "dingtalk_build_info",
      help: "Always 1; the version of this component",
      labelNames: ["version"] as const,
      registers: [this.#registry],
    });
    build.set({ version: deps.version }, 1);
    collectDefaultMetrics({ register: this.#registry });
  }

  /** The media type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in Prometheus' text format. */
  async text(): Promise<string> {
    await this.#forgetGone();
    return await this.#registry.metrics();
  }

  /** Counts what happens to one call. */
  watch({ robot, timeZone }: Pick<WatchedCall, "robot" | "timeZone">): SendWatch {
    this.#seenAt.set(robot, this.#deps.clock.elapsed());
    return {
      waits: () => this.#timer(robot, "wait"),
      posts: () => {
        this.#posts.add({ robot, timeZone }, this.#deps.clock.now());
        return this.#timer(robot, "post");
      },
      repeats: (reason) => this.#retries.inc({ robot, reason }),
      suppressed: () => this.#duplicates.inc({ robot }),
      ends: ({ kind: outcome, reason = "", errcode }) =>
        this.#sends.inc({ robot, outcome, reason, errcode: this.#labelOf(errcode) }),
    };
  }

  /** Drops the series of ids that no component has any more. */
  async #forgetGone(): Promise<void> {
    const now = this.#deps.clock.elapsed();
    for (const { robot } of this.#deps.components()) this.#seenAt.set(robot, now);
    const gone = [...this.#seenAt].filter(([, seenAt]) => now - seenAt > goneMs);
    for (const [robot] of gone) {
      this.#seenAt.delete(robot);
      this.#seconds.remove({ robot, phase: "wait" });
      this.#seconds.remove({ robot, phase: "post" });
      for (const counter of [this.#sends, this.#retries, this.#duplicates]) {
        await removeSeries(counter, robot);
      }
    }
  }

  /** The label of an errcode: `other` if the limit of different errcodes is reached. */
  #labelOf(errcode: number | undefined): string {
    if (errcode === undefined) return "";
    if (this.#errcodes.size < mostErrcodes) this.#errcodes.add(errcode);
    return this.#errcodes.has(errcode) ? String(errcode) : "other";
  }

  /** Observes a duration when the returned function is called for the first time. */
  #timer(robot: string, phase: "wait" | "post"): () => void {
    const begun = this.#deps.clock.elapsed();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#seconds.observe({ robot, phase }, (this.#deps.clock.elapsed() - begun) / 1000);
    };
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }
}

async function removeSeries<Label extends string>(
  counter: Counter<Label>,
  robot: string,
): Promise<void> {
  for (const { labels } of (await counter.get()).values) {
    if ("robot" in labels && labels.robot === robot) counter.remove(labels);
  }
}
