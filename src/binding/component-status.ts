import type { Readers } from "../dapr/readers.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";
import type { ComponentConfig } from "./component-config.ts";

/** What telemetry shows of a component: its robots together, and who reads from it. */
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
