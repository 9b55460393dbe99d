import type { Readers } from "../dapr/readers.ts";
import type { Message } from "../delivery/channel.ts";
import type { Pool } from "../delivery/pool.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";
import type { ComponentConfig } from "./component-config.ts";

/** Says how a component stands: all its robots together, and how many Read streams are open. */
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
