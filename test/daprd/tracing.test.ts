import { describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from "../telemetry/support/otlp-receiver.ts";
import { hangAfterMs } from "./support/child.ts";
import { startDaprd } from "./support/daprd.ts";
import { startComponent, startSandbox } from "./support/executable.ts";
import { textMessage } from "./support/message.ts";
import { componentResource, createPlace } from "./support/place.ts";
import { oneRobot } from "./support/setup.ts";
import { tracingConfiguration } from "./support/tracing-configuration.ts";

/** An app's call through a daprd and a component that both tell the receiver of it. */
async function startTraced() {
  const receiver = await startOtlpReceiver();
  const place = await createPlace();
  const sandbox = await startSandbox();
  const component = await startComponent(place, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_BSP_SCHEDULE_DELAY: "50",
  });
  for (const declared of oneRobot(sandbox)) {
    await place.writeResource(declared.name, componentResource(declared));
  }
  const daprd = await startDaprd({ place, configuration: tracingConfiguration(receiver.host) });
  return { receiver, sandbox, component, daprd };
}

function spanNamed(
  { spans }: OtlpReceiver,
  traceId: string,
  name: string | RegExp,
): Promise<ReceivedSpan> {
  const isIt = (span: ReceivedSpan): boolean =>
    span.traceId === traceId && span.name.search(name) >= 0;
  return eventually(() => spans.find(isIt), hangAfterMs);
}

describe("an app's call with a traceparent", () => {
  test("is one trace from the app through daprd to the POST", async () => {
    const { receiver, sandbox, daprd } = await startTraced();
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const appSpan = "00f067aa0ba902b7";

    const { status } = await daprd.create("robot", textMessage("traced"), {
      traceparent: `00-${traceId}-${appSpan}-01`,
    });

    expect(status).toBe(200);
    expect(await sandbox.texts("sandbox")).toEqual(["traced"]);
    const post = await spanNamed(receiver, traceId, /^POST$/);
    const wait = await spanNamed(receiver, traceId, "wait for budget");
    const invoke = await spanNamed(receiver, traceId, "OutputBinding/Invoke");
    const ofDaprd = await eventually(
      () => receiver.spans.find(({ spanId }) => spanId === invoke.parentId),
      hangAfterMs,
    );
    expect([post.parentId, wait.parentId]).toEqual([invoke.spanId, invoke.spanId]);
    expect(ofDaprd).toMatchObject({ traceId, parentId: appSpan, service: "test" });
  });
});
