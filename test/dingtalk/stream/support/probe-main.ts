import { systemClock } from "../../../../src/base/clock.ts";
import { Secret } from "../../../../src/base/secret.ts";
import { Connections } from "../../../../src/dingtalk/connections.ts";
import { robotTopic } from "../../../../src/dingtalk/stream/frames.ts";
import { probeStream } from "../../../../src/dingtalk/stream/probe.ts";

const [, , gatewayUrl = "", clientSecret = ""] = process.argv;

/** A program that opens and closes a stream, with the environment of its process. */
const failure = await probeStream(
  {
    gatewayUrl: new URL(gatewayUrl),
    clientId: "dingabc",
    clientSecret: new Secret(clientSecret),
    ua: "test/1.0",
    subscriptions: [{ type: "CALLBACK", topic: robotTopic }],
  },
  { clock: systemClock, connections: new Connections() },
);
process.stdout.write(failure === undefined ? "ok" : `${failure.reason}: ${failure.message}`);
