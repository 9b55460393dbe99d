import { ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import { type Sampler, SamplingDecision } from "@opentelemetry/sdk-trace";
import { describe, expect, test } from "vitest";
import { batchLimitsOf, samplerOf } from "../../src/telemetry/tracing-environment.ts";
import { keepLog } from "../support/component.ts";

const low = "00000000000000000000000000000001";
const high = "f0000000000000000000000000000000";

function decides(sampler: Sampler, traceId: string, parentFlags?: number): boolean {
  const parent = { traceId, spanId: "00f067aa0ba902b7", isRemote: true };
  const context =
    parentFlags === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: parentFlags });
  const { decision } = sampler.shouldSample(context, traceId, "x", SpanKind.SERVER, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

describe("samplerOf", () => {
  test.each([
    { name: undefined, alone: true, refused: false, taken: true },
    { name: "", alone: true, refused: false, taken: true },
    { name: "always_on", alone: true, refused: true, taken: true },
    { name: "always_off", alone: false, refused: false, taken: false },
    { name: "parentbased_always_on", alone: true, refused: false, taken: true },
    { name: "parentbased_always_off", alone: false, refused: false, taken: true },
  ])("follows $name", ({ name, alone, refused, taken }) => {
    const { log, logged } = keepLog();

    const sampler = samplerOf({ OTEL_TRACES_SAMPLER: name }, log);

    expect(decides(sampler, low)).toBe(alone);
    expect(decides(sampler, low, 0)).toBe(refused);
    expect(decides(sampler, low, 1)).toBe(taken);
    expect(logged).toEqual([]);
  });

  test.each(["traceidratio", "parentbased_traceidratio"])("takes a share with %s", (name) => {
    const { log } = keepLog();

    const sampler = samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: "0.4" }, log);

    expect([decides(sampler, low), decides(sampler, high)]).toEqual([true, false]);
  });

  test.each([
    { OTEL_TRACES_SAMPLER: "jaeger_remote" },
    { OTEL_TRACES_SAMPLER: "parentbased_" },
    { OTEL_TRACES_SAMPLER: "toString" },
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "1.5" },
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "half" },
  ])("warns of %j and records", (env) => {
    const { log, logged } = keepLog();

    const sampler = samplerOf(env, log);

    expect(decides(sampler, high)).toBe(true);
    expect(logged).toMatchObject([{ level: 40 }]);
  });
});

describe("batchLimitsOf", () => {
  test("takes the limits that are set", () => {
    const { log, logged } = keepLog();
    const env = { OTEL_BSP_SCHEDULE_DELAY: "20", OTEL_BSP_MAX_QUEUE_SIZE: " 7 " };

    const limits = batchLimitsOf({ ...env, OTEL_BSP_EXPORT_TIMEOUT: "" }, log);

    expect(limits).toEqual({ scheduledDelayMillis: 20, maxQueueSize: 7 });
    expect(logged).toEqual([]);
  });

  test("warns of a value that is no number and leaves it out", () => {
    const { log, logged } = keepLog();

    const limits = batchLimitsOf({ OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "-1" }, log);

    expect(limits).toEqual({});
    expect(logged).toMatchObject([{ variable: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE" }]);
  });
});
