import { pino } from "pino";
import { onTestFinished } from "vitest";
import { type SocketPlan, socketPath } from "../../src/dapr/sockets.ts";
import { createSidecar, type SidecarOptions } from "../../src/sidecar/sidecar.ts";
import { describeError } from "../../src/telemetry/log.ts";
import type { ComponentStatus } from "../../src/telemetry/status-gauges.ts";
import { eventually, passTimeUntil } from "./eventually.ts";
import { FakeClock } from "./fake-clock.ts";
import { tempFolder } from "./temp-folder.ts";

/** A sidecar in this process, and what a test sees of it. */
export interface TestComponent {
  /** Path of the socket. */
  readonly socket: string;
  readonly sockets: SocketPlan;
  readonly clock: FakeClock;
  /** Ends the sidecar, as a signal does. */
  stop(graceMs: number): Promise<void>;
  /** How each configured component stands. */
  status(): ComponentStatus[];
  /** Everything logged, at every level. */
  readonly logged: Record<string, unknown>[];
}

/** A log that keeps its lines, at every level. */
export function keepLog() {
  const logged: Record<string, unknown>[] = [];
  const write = (line: string): void => void logged.push(JSON.parse(line));
  return { logged, log: pino({ level: "trace", serializers: { err: describeError } }, { write }) };
}

/** Waits until so many Read streams have been opened. */
export async function untilReading({ logged }: TestComponent, streams = 1): Promise<void> {
  const isOpened = ({ msg }: Record<string, unknown>): boolean =>
    msg === "daprd reads from the component";
  await eventually(() => logged.filter(isOpened).length >= streams || undefined);
}

/** The warnings that were logged. */
export const warningsOf = ({ logged }: TestComponent): Record<string, unknown>[] =>
  logged.filter(({ level }) => level === 40);

/** Starts the whole sidecar in this process, on a socket of its own, with a clock that stands still. */
export async function startComponent(
  options: Pick<
    SidecarOptions,
    "maxMessageBytes" | "stateFile" | "telemetry" | "callbackPort" | "callbackHost"
  > = {},
): Promise<TestComponent> {
  const sockets = { folder: await tempFolder(), names: ["dingtalk.webhook"], mode: 0o666 };
  const clock = new FakeClock();
  const { logged, log } = keepLog();
  const sidecar = await createSidecar({ ...options, sockets, clock, log, random: () => 0 });
  await sidecar.start();
  onTestFinished(() => passTimeUntil(clock, sidecar.stop(0), 1000));
  return {
    socket: socketPath(sockets, "dingtalk.webhook"),
    sockets,
    clock,
    stop: (graceMs) => sidecar.stop(graceMs),
    status: () => sidecar.components(),
    logged,
  };
}
