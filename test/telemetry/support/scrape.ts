import { monthOf } from "../../../src/dingtalk/limits.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";
import type { SendWatch } from "../../../src/telemetry/watch.ts";
import { startComponent, type TestComponent } from "../../support/component.ts";
import { DaprdClient } from "../../support/daprd-client.ts";
import { type Answer, acceptMessage, type FakeRobot, startRobot } from "../../support/robot.ts";

/** Values by name and labels, such as `dingtalk_sends_total{robot="a"}`. */
export type Samples = ReadonlyMap<string, number>;

/** Reads the samples of Prometheus' text format. */
export function parseSamples(text: string): Samples {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** A component with its metrics. */
export interface Scraped {
  readonly robot: FakeRobot;
  readonly component: TestComponent;
  readonly daprd: DaprdClient;
  readonly metrics: Metrics;
  text(): Promise<string>;
  /** The value of one sample now. */
  value(sample: string): Promise<number | undefined>;
}

/** The sidecar in this process with its metrics, and a component `a` that sends to a robot. */
export async function startScraped(
  answer: Answer = acceptMessage,
  properties: Record<string, string> = {},
  forgottenKeys = 0,
): Promise<Scraped> {
  const robot = await startRobot(answer);
  let watch: Metrics["watch"] = (): SendWatch => {
    throw new Error("no metrics yet");
  };
  const component = await startComponent({ telemetry: { watch: (call) => watch(call) } });
  const metrics = new Metrics({
    version: "1.2.3",
    clock: component.clock,
    monthOf,
    components: () => component.status(),
    forgottenKeys: () => forgottenKeys,
  });
  watch = (call) => metrics.watch(call);
  const daprd = new DaprdClient(component.socket);
  await daprd.init({ id: "a", url: robot.url, ...properties });
  return {
    robot,
    component,
    daprd,
    metrics,
    text: () => metrics.text(),
    value: async (sample) => parseSamples(await metrics.text()).get(sample),
  };
}
