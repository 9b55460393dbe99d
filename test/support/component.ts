import { pino } from "pino";
import { onTestFinished } from "vitest";
import { WebhookBinding } from "../../src/binding/webhook-binding.ts";
import { ComponentServer } from "../../src/dapr/component-server.ts";
import { type SocketPlan, socketPath } from "../../src/dapr/sockets.ts";
import { Delivery } from "../../src/delivery/delivery.ts";
import { Connections } from "../../src/dingtalk/connections.ts";
import type { RobotMessage } from "../../src/dingtalk/message.ts";
import { describeError } from "../../src/telemetry/log.ts";
import type { ComponentStatus } from "../../src/telemetry/status-gauges.ts";
import type { Telemetry } from "../../src/telemetry/watch.ts";
import { eventually, settle } from "./eventually.ts";
import { FakeClock } from "./fake-clock.ts";
import { tempFolder } from "./temp-folder.ts";

export interface TestComponent {
  readonly socket: string;
  readonly sockets: SocketPlan;
  readonly clock: FakeClock;
  readonly server: ComponentServer;
  readonly connections: Connections;
  /** How each configured component stands. */
  status(): ComponentStatus[];
  /** Everything logged, at every level. */
  readonly logged: Record<string, unknown>[];
}

/** Waits until so many Read streams have been opened. */
export async function untilReading({ logged }: TestComponent, streams = 1): Promise<void> {
  const isOpened = ({ msg }: Record<string, unknown>): boolean =>
    msg === "daprd reads from the component";
  await eventually(() => logged.filter(isOpened).length >= streams || undefined);
}

export const warningsOf = ({ logged }: TestComponent): Record<string, unknown>[] =>
  logged.filter(({ level }) => level === 40);

/** The whole sidecar in this process, on sockets of its own, with a clock that stands still. */
export async function startComponent(
  options: { maxMessageBytes?: number; telemetry?: Telemetry } = {},
): Promise<TestComponent> {
  const sockets = { folder: await tempFolder(), names: ["dingtalk.webhook"], mode: 0o666 };
  const clock = new FakeClock();
  const logged: Record<string, unknown>[] = [];
  const write = (line: string): void => void logged.push(JSON.parse(line));
  const log = pino({ level: "trace", serializers: { err: describeError } }, { write });
  const connections = new Connections();
  const delivery = new Delivery<RobotMessage>({ clock, log, random: () => 0 });
  const siblings = new Set<WebhookBinding>();
  const { telemetry } = options;
  const parts = { connections, delivery, siblings, clock, log, telemetry };
  const server = new ComponentServer({
    sockets,
    createBinding: (instance, readers) => new WebhookBinding(instance, readers, parts),
    domain: "dingtalk",
    maxMessageBytes: options.maxMessageBytes ?? 4 * 1024 * 1024,
    clock,
    log,
  });
  await server.start();
  onTestFinished(async () => {
    const stopped = server.stop(0);
    for (let step = 0; step < sockets.names.length + 1; step += 1) {
      await settle();
      clock.advance(1000);
    }
    await stopped;
    delivery.close();
  });
  return {
    socket: socketPath(sockets, "dingtalk.webhook"),
    sockets,
    clock,
    server,
    connections,
    status: () => [...siblings].flatMap((binding) => binding.status()),
    logged,
  };
}
