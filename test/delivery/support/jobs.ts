import type { Message } from "../../../src/delivery/channel.ts";
import type { Job } from "../../../src/delivery/job.ts";
import type { DeliveryOptions } from "../../../src/delivery/options.ts";
import type { RepeatsScope } from "../../../src/delivery/repeats.ts";
import { parseRefusal, RobotUnreachableError } from "../../../src/dingtalk/errors.ts";
import { noWatch } from "../../../src/telemetry/watch.ts";

/** The defaults of a component, with what a test says otherwise. */
export const createOptions = (changes: Partial<DeliveryOptions> = {}): DeliveryOptions => ({
  messagesPerMinute: 20,
  maxWaitMs: 90_000,
  maxQueue: 1000,
  retries: 2,
  deduplicateForMs: 600_000,
  ttlMs: undefined,
  overflow: "wait",
  oversize: "reject",
  responseTimeoutMs: 30_000,
  ...changes,
});

const json = '{"msgtype":"text","text":{"content":"Hi"}}';

/** A job for a text message of a caller that stays. */
export const createJob = (changes: Partial<Job<Message>> = {}): Job<Message> => ({
  json,
  parts: [{ json }],
  appKey: undefined,
  traceparent: undefined,
  options: createOptions(),
  deadlineAt: Number.POSITIVE_INFINITY,
  expiresAt: Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
  watch: noWatch,
  ...changes,
});

/** A component without Redis that was never configured anew. */
export const createScope = (changes: Partial<RepeatsScope> = {}): RepeatsScope => ({
  scope: "component robot",
  configuredAt: 0,
  isClosed: false,
  records: undefined,
  redisPrefix: "dingtalk:{robot}:",
  parseFailure: parseRefusal,
  givenUp: () => new RobotUnreachableError("timeout", { message: "", mayHaveArrived: true }),
  ...changes,
});
