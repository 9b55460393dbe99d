import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { startChild } from "../daprd/support/child.ts";
import { startDaprd } from "../daprd/support/daprd.ts";
import { startComponent, startSandbox } from "../daprd/support/executable.ts";
import { componentResource, createPlace } from "../daprd/support/place.ts";
import { freePort } from "../daprd/support/ports.ts";

const built = fileURLToPath(new URL("../../build/sdks", import.meta.url));
const examples = fileURLToPath(new URL("../../examples", import.meta.url));

/** The commands of an example, and what it does differently from the others. */
interface Sdk {
  readonly name: string;
  readonly send: readonly string[];
  readonly receive: readonly string[];
  readonly sent: string;
  /** What the app's answer to an event becomes. */
  readonly answer: string;
}

const java = (main: string): string[] => {
  const classpath = readFileSync(join(built, "java/classpath"), "utf8");
  return ["java", "-cp", `${join(built, "java/target/classes")}:${classpath}`, main];
};
const python = (file: string): string[] => [
  join(built, "python/venv/bin/python"),
  join(built, "python", file),
];

const sdks: readonly Sdk[] = [
  {
    name: "python",
    send: python("send.py"),
    receive: python("receive.py"),
    sent: "sent ok",
    answer: '"taken"',
  },
  {
    name: "node",
    send: [process.execPath, join(built, "node/send.js")],
    receive: [process.execPath, join(built, "node/receive.js")],
    sent: "sent ok",
    answer: "",
  },
  {
    name: "go",
    send: [join(built, "go/send")],
    receive: [join(built, "go/receive")],
    sent: "sent true",
    answer: '"taken"',
  },
  { name: "java", send: java("Send"), receive: java("Receive"), sent: "sent", answer: '"taken"' },
];

function start(
  name: string,
  [command = "", ...args]: readonly string[],
  env: Record<string, string>,
) {
  return startChild({ name, command, args, env });
}

/** A daprd with an app of the SDK, our process and a sandbox. The component is called `alerts`. */
async function startSetup({ name, receive }: Sdk) {
  const place = await createPlace();
  const sandbox = await startSandbox();
  await startComponent(place);
  const url = sandbox.url("sandbox");
  const metadata = { id: "alerts", url, direction: "input, output" };
  await place.writeResource("alerts", componentResource({ name: "alerts", metadata }));
  const ports = { httpPort: await freePort(), grpcPort: await freePort() };
  const env = { DAPR_HTTP_PORT: String(ports.httpPort), DAPR_GRPC_PORT: String(ports.grpcPort) };
  const port = await freePort();
  const app = start(`${name} receives`, receive, { ...env, APP_PORT: String(port) });
  const daprd = await startDaprd({ place, app: { port }, ...ports });
  return { sandbox, env, app, daprd };
}

test("examples/ holds the SDKs that are tried here", () => {
  // receiving/ uses no SDK. docs/receiving.md explains it.
  const folders = readdirSync(examples).filter((name) => name !== "receiving");

  expect(folders.sort()).toEqual(sdks.map(({ name }) => name).sort());
});

describe.each(sdks)("the SDK for $name", (sdk) => {
  test("sends a text and a card with a mention, and reads the reason of a failure", async () => {
    const { sandbox, env } = await startSetup(sdk);

    const program = start(`${sdk.name} sends`, sdk.send, env);
    const exit = await program.exit;

    expect({ exit, output: program.output() }).toMatchObject({
      exit: 0,
      output: expect.stringMatching(`${sdk.sent}\n[^]*reason invalid-message\n`),
    });
    expect(await sandbox.messages("sandbox")).toMatchObject([
      { message: { msgtype: "text", text: { content: "disk 93 % full on db-1" } } },
      {
        message: {
          msgtype: "actionCard",
          actionCard: { text: expect.stringContaining("@13800000000") },
          at: { atMobiles: ["13800000000"] },
        },
      },
    ]);
  });

  test("receives what get passes to the app", async () => {
    const { app, daprd } = await startSetup(sdk);

    const answer = await daprd.get("alerts", { order: 7 });

    expect(answer).toMatchObject({ status: 200, text: sdk.answer });
    await app.says('received {"order":7}');
  });
});
