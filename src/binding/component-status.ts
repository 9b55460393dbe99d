import type { Readers } from "../dapr/readers.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";
import type { ComponentConfig } from "./component-config.ts";

/** Says how a component stands: all its robots together, and how many Read streams are open. */
export function componentStatus(
  { id, robots, delivery: options }: ComponentConfig,
  delivery: Delivery,
  readers: Readers,
): ComponentStatus {
  return {
    robot: id,
    ...delivery.status(robots, options),
    budget: options.messagesPerMinute * robots.length,
    maxQueue: options.maxQueue,
    streams: readers.open.length,
  };
}
