import type { Clock } from "../base/clock.ts";
import type { CallContext, InvokeRequest, InvokeResponse } from "../dapr/binding.ts";
import { abortedError } from "../delivery/errors.ts";
import type { Job } from "../delivery/job.ts";
import type { Pool } from "../delivery/pool.ts";
import { addKeyword } from "../dingtalk/add-keyword.ts";
import { addMentions } from "../dingtalk/add-mentions.ts";
import { parseMessage, type RobotMessage } from "../dingtalk/message.ts";
import { checkSize, partsOf } from "../dingtalk/outgoing.ts";
import { parseMentions } from "../dingtalk/parse-mentions.ts";
import { accepted } from "../dingtalk/robot-channel.ts";
import { finishInSlices } from "../dingtalk/steps.ts";
import { noWatch, type SendWatch, type Telemetry } from "../telemetry/watch.ts";
import { appKeyOf, withTextKey } from "./app-key.ts";
import { type ComponentConfig, overrideDelivery } from "./component-config.ts";
import { failureOutcome, noUrl } from "./failures.ts";

/** The component that is called. */
export interface CreateTarget {
  /** The component's name. */
  readonly instance: string;
  readonly config: ComponentConfig;
  readonly pool: Pool<RobotMessage>;
}

/** What `create` needs of the process. */
export interface CreateDeps {
  readonly clock: Clock;
  /** If undefined, nobody watches. */
  readonly telemetry?: Telemetry | undefined;
}

/** The answer to a call whose message DingTalk took. */
export const sent: InvokeResponse = {
  data: Buffer.from('{"errcode":0,"errmsg":"ok"}'),
  metadata: { errcode: "0", errmsg: "ok" },
};

/**
 * The operation `create`: sends one message to the component's robots.
 *
 * @throws {InvalidMessageError} for data that is not a message which can be sent
 * @throws {BindingError} for metadata that cannot be read, and for a component without a robot
 * @throws what `Pool.deliver` throws
 */
export async function create(
  request: InvokeRequest,
  context: CallContext,
  { instance, config, pool, clock, telemetry }: CreateTarget & CreateDeps,
): Promise<InvokeResponse> {
  const { traceparent } = request.metadata;
  const { id: robot, timeZone } = config;
  const watch = telemetry?.watch({ robot, timeZone, instance, traceparent }) ?? noWatch;
  try {
    if (config.robots.length === 0) throw noUrl();
    await pool.deliver(await createJob(request, context, { config, clock, watch }));
    watch.ends(accepted);
    return sent;
  } catch (error) {
    watch.ends(failureOutcome(error));
    throw error;
  }
}

interface JobDeps {
  readonly config: ComponentConfig;
  readonly clock: Clock;
  readonly watch: SendWatch;
}

async function createJob(
  { data, metadata }: InvokeRequest,
  { signal, timeLeftMs }: CallContext,
  { config, clock, watch }: JobDeps,
): Promise<Job<RobotMessage>> {
  const { keyword } = config;
  const now = clock.elapsed();
  const given = withTextKey(parseMessage(data));
  const mentions = parseMentions(metadata);
  const options = overrideDelivery(config.delivery, metadata);
  // Looking for people in a text takes time: a message that is too long in any case is not searched.
  checkSize(given, options);
  const message = addKeyword(addMentions(given, mentions), keyword);
  // A message that is too long fails before anything is remembered of it.
  const steps = partsOf(message, { ...options, keyword });
  const parts = await finishInSlices(steps, { signal, abortedError });
  return {
    json: message.json,
    parts,
    appKey: appKeyOf(message, metadata),
    traceparent: metadata.traceparent,
    options,
    deadlineAt: now + timeLeftMs,
    expiresAt: now + (options.ttlMs ?? Number.POSITIVE_INFINITY),
    signal,
    watch,
  };
}
