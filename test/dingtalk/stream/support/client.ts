import { onTestFinished } from "vitest";
import { Secret } from "../../../../src/base/secret.ts";
import { Connections } from "../../../../src/dingtalk/connections.ts";
import { robotTopic } from "../../../../src/dingtalk/stream/frames.ts";
import type { IncomingFrame } from "../../../../src/dingtalk/stream/incoming-frames.ts";
import type { StreamSettings } from "../../../../src/dingtalk/stream/open.ts";
import { StreamClient, type StreamEvent } from "../../../../src/dingtalk/stream/stream-client.ts";
import { eventually, passTimeUntil } from "../../../support/eventually.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { clientSecret } from "./gateway.ts";

/** The settings of a client of a gateway. */
export const settingsFor = (gatewayUrl: URL): StreamSettings => ({
  gatewayUrl,
  clientId: "dingabc",
  clientSecret: new Secret(clientSecret),
  ua: "test/1.0",
  subscriptions: [{ type: "CALLBACK", topic: robotTopic }],
});

/** A client on real sockets, whose clock stands still until the test lets time pass. */
export function startClient(gatewayUrl: URL, env: NodeJS.ProcessEnv = {}) {
  const clock = new FakeClock();
  const frames: IncomingFrame[] = [];
  const events: StreamEvent[] = [];
  const client = new StreamClient(settingsFor(gatewayUrl), {
    clock,
    random: () => 0.5,
    connections: new Connections(env),
    onFrame: (frame) => void frames.push(frame),
    onEvent: (event) => void events.push(event),
  });
  onTestFinished(() => passTimeUntil(clock, client.stop(0), 1000));
  client.start();
  return {
    ...{ client, clock, frames, events },
    /** The n-th frame, beginning with 1. */
    frame: (number: number) => eventually(() => frames[number - 1]),
    /** The reconnects so far. */
    reconnects: () => events.flatMap((event) => (event.type === "reconnect" ? [event] : [])),
    /** The number of open connections that was told last. */
    open: () => events.findLast((event) => event.type === "connections")?.open,
  };
}
