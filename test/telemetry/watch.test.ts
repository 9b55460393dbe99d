import { describe, expect, test } from "vitest";
import { combine, noWatch, type SendWatch, type Telemetry } from "../../src/telemetry/watch.ts";

const call = { robot: "a", instance: "robot", traceparent: undefined };

/** Records the calls of a watch. */
function recorder(): { told: string[]; telemetry: Telemetry } {
  const told: string[] = [];
  const watch: SendWatch = {
    waits: () => {
      told.push("waits");
      return () => told.push("waited");
    },
    posts: (host) => {
      told.push(`posts ${host}`);
      return ({ kind }) => told.push(`answered ${kind}`);
    },
    repeats: (reason) => told.push(`repeats ${reason}`),
    suppressed: () => told.push("suppressed"),
    ends: ({ kind }) => told.push(`ends ${kind}`),
  };
  return {
    told,
    telemetry: {
      watch: ({ robot }) => {
        told.push(`watch ${robot}`);
        return watch;
      },
    },
  };
}

describe("combined telemetries", () => {
  test("all hear everything", () => {
    const recorders = [recorder(), recorder(), recorder()];
    const watch = combine(recorders.map(({ telemetry }) => telemetry)).watch(call);

    watch.waits()();
    watch.posts("host")({ kind: "refused" });
    watch.repeats("busy");
    watch.suppressed();
    watch.ends({ kind: "accepted" });

    const everything = [
      ...["watch a", "waits", "waited", "posts host", "answered refused"],
      ...["repeats busy", "suppressed", "ends accepted"],
    ];
    expect(recorders.map(({ told }) => told)).toEqual([everything, everything, everything]);
  });

  test("are the only one themselves, or the watch that does nothing", () => {
    const { telemetry } = recorder();

    expect(combine([telemetry])).toBe(telemetry);
    expect(combine([]).watch(call)).toBe(noWatch);
  });
});
