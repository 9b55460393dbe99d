import type { Readers } from "../dapr/readers.ts";
import type { Message } from "../delivery/channel.ts";
import type { Pool } from "../delivery/pool.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";
import type { ComponentConfig } from "./component-config.ts";

/** What telemetry shows of a component: its robots together, and who reads from it. */
export function componentStatus<M extends Message>(
  { config, pool }: { readonly config: ComponentConfig; readonly pool: Pool<M> },
  readers: Readers,
): ComponentStatus {
  const { id, robots, delivery: options } = config;
  return {
    robot: id,
    ...pool.status(options.messagesPerMinute),
    budget: options.messagesPerMinute * robots.length,
    maxQueue: options.maxQueue,
    streams: readers.open.length,
  };
}
