import { systemClock } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import { isObject, parseJson } from "../base/json.ts";
import { Secret } from "../base/secret.ts";
import { nextSignal } from "../base/signals.ts";
import { UsageError } from "../base/usage-error.ts";
import { version } from "../base/version.ts";
import { noGatewayUrl, parseGatewayUrl } from "../binding/field-readers.ts";
import { Connections } from "../dingtalk/connections.ts";
import { type AckCode, ackCodes, robotTopic } from "../dingtalk/stream/frames.ts";
import type { IncomingFrame } from "../dingtalk/stream/incoming-frames.ts";
import { StreamClient } from "../dingtalk/stream/stream-client.ts";
import { type Command, parseOptions } from "./command.ts";
import { Input } from "./input.ts";

const help = `Usage: dingtalk-webhook record --client-id ID [OPTIONS]

Connects as an app robot in Stream mode and prints one JSON line for each message, connection and
reconnect: times, ids and ack codes. Prints no texts, names, addresses or secrets. Hands nothing to
an app. Shows how DingTalk treats messages, for example how often it pushes one again.

DingTalk spreads the messages of an app over all of its connections. A component that runs beside
this command loses every message that the command acks. Without an ack, DingTalk pushes the message
again.

Options:
  --client-id ID        the app's Client ID
  --secret-file FILE    file with the app's Client Secret, - for standard input; else
                        DINGTALK_CLIENT_SECRET
  --gateway-url URL     default https://api.dingtalk.com
  --ack CODE            how each message is answered: 200, 400, 404, 500 or none (default none)
  --for DURATION        time after which the command ends, such as 10m; else it ends by Ctrl-C
`;

const secretVariable = "DINGTALK_CLIENT_SECRET";

const optionTypes = {
  "client-id": { type: "string" },
  "secret-file": { type: "string" },
  "gateway-url": { type: "string", default: "https://api.dingtalk.com" },
  ack: { type: "string", default: "none" },
  for: { type: "string" },
} as const;

/** Writes down how DingTalk delivers messages to a real robot. */
export const recordCommand: Command = {
  summary: "print when and how DingTalk delivers messages, without their contents",
  help,
  async run(args) {
    const options = parseOptions(args, optionTypes);
    const clientId = options["client-id"]?.trim() ?? "";
    if (clientId === "") throw new UsageError("--client-id is missing");
    const forMs = readDuration(options.for);
    const onFrame = createRecorder(readAck(options.ack));
    const client = new StreamClient(
      {
        gatewayUrl: readGateway(options["gateway-url"]),
        clientId,
        clientSecret: await readSecret(options["secret-file"]),
        ua: `dapr-dingtalk-webhook/${version}`,
        subscriptions: [{ type: "CALLBACK", topic: robotTopic }],
      },
      {
        clock: systemClock,
        random: Math.random,
        connections: new Connections(),
        onFrame,
        onEvent: ({ type, ...facts }) => print({ event: type, ...facts }),
      },
    );
    client.start();
    await untilEnd(forMs);
    await client.stop(1000);
    return 0;
  },
};

/** Prints and answers each message. Counts its copies, because DingTalk may push it again. */
function createRecorder(ack: AckCode | undefined): (frame: IncomingFrame) => void {
  const copies = new Map<unknown, number>();
  return (frame) => {
    const value = parseJson(frame.data);
    const message = isObject(value) ? value : {};
    const { msgId, msgtype, conversationType, createAt, sessionWebhookExpiredTime } = message;
    const copy = (copies.get(msgId) ?? 0) + 1;
    copies.set(msgId, copy);
    print({
      event: "message",
      messageId: frame.messageId,
      ...{ msgId, copy, msgtype, conversationType, createAt, sessionWebhookExpiredTime },
      ack: ack ?? "none",
    });
    if (ack === undefined) frame.leave();
    else frame.ack(ack);
  };
}

function print(facts: Readonly<Record<string, unknown>>): void {
  const line = { time: new Date(systemClock.now()).toISOString(), ...facts };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function readAck(given: string): AckCode | undefined {
  if (given === "none") return undefined;
  const code = ackCodes.find((known) => String(known) === given);
  if (code === undefined) throw new UsageError("--ack takes 200, 400, 404, 500 or none");
  return code;
}

function readGateway(given: string): URL {
  const url = parseGatewayUrl(given);
  if (url !== undefined) return url;
  throw new UsageError(`--gateway-url ${noGatewayUrl}`);
}

async function readSecret(file: string | undefined): Promise<Secret> {
  const given =
    file === undefined
      ? process.env[secretVariable]
      : await new Input().readText("--secret-file", file);
  const secret = given?.trim() ?? "";
  if (secret !== "") return new Secret(secret);
  throw new UsageError(`no client secret; set --secret-file or ${secretVariable}`);
}

function readDuration(given: string | undefined): number | undefined {
  const ms = given === undefined ? undefined : parseDuration(given);
  if (ms !== undefined || given === undefined) return ms;
  throw new UsageError("--for takes a duration such as 10m");
}

async function untilEnd(ms: number | undefined): Promise<void> {
  const ends = ms === undefined ? [] : [new Promise<void>((done) => systemClock.after(ms, done))];
  await Promise.race([nextSignal(), ...ends]);
}
