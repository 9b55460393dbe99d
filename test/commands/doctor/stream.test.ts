import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { collect } from "../../../src/base/collect.ts";
import { readResources } from "../../../src/commands/doctor/resources.ts";
import { checkStream } from "../../../src/commands/doctor/stream.ts";
import { clientSecret, json, startGateway, ticket } from "../../dingtalk/stream/support/gateway.ts";
import { eventually } from "../../support/eventually.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import {
  emptyFolder,
  examine,
  type FieldSource,
  resourcesFrom,
  yamlOf,
} from "./support/examine.ts";

const own = { id: "support-bot", receive: "stream", clientId: "dingabc", direction: "input" };
const byKey = { secretKeyRef: { name: "app", key: "secret" } };
const fromVariable = { envRef: "SECRET" };

/** A folder with the component `robot` and the store of its secrets. */
async function folderOf(
  fields: Readonly<Record<string, FieldSource>>,
  store: { type?: string; secrets?: object } = {},
): Promise<string> {
  const { type = "secretstores.local.file", secrets = { app: { secret: clientSecret } } } = store;
  const secretsFile = join(await tempFolder(), "secrets.json");
  await writeFile(secretsFile, JSON.stringify(secrets));
  const documents = [
    { metadata: fields, secretStore: "local" },
    { name: "local", type, metadata: { secretsFile, multiValued: "true" } },
  ];
  return await resourcesFrom(documents.map(yamlOf).join("---\n"));
}

async function tryStream(...args: Parameters<typeof folderOf>) {
  const { components } = await readResources([await folderOf(...args)]);
  return await collect(checkStream(components[0] ?? expect.fail("no component"), components));
}

describe("the doctor on a stream", () => {
  test("opens a connection with the secret of the store and closes it cleanly", async () => {
    const gateway = await startGateway();
    const gatewayUrl = gateway.url.href;

    const findings = await tryStream({ ...own, gatewayUrl, clientSecret: byKey });
    const code = await eventually(() => gateway.sockets[0]?.closedWith());

    expect(findings).toMatchObject([{ check: "stream", level: "ok" }]);
    expect(gateway.opens.map(({ body }) => body.clientSecret)).toEqual([clientSecret]);
    expect(gateway.sockets).toHaveLength(1);
    expect(code).toBe(1000);
  });

  test("tells DingTalk's refusal and no secret", async () => {
    const gateway = await startGateway();
    gateway.answer = (response) =>
      json(response, 401, { code: "authFailed", message: `no ${clientSecret}` });
    const { env } = await emptyFolder();
    const fields = { ...own, gatewayUrl: gateway.url.href, clientSecret };

    const { of, findings } = await examine(env, ["--resources", await folderOf(fields)]);

    expect(of("stream")).toMatchObject([
      {
        level: "problem",
        message: expect.stringContaining("HTTP 401 authFailed"),
        remedy: expect.stringContaining("check clientId and clientSecret"),
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain(clientSecret);
    // The secret may stand in plain text, because it stays on this machine.
    expect(of("secret")).toEqual([]);
  });

  test("tells of a refused handshake and not its ticket", async () => {
    const gateway = await startGateway();
    gateway.upgrade = (socket) => void socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
    const gatewayUrl = gateway.url.href;

    const findings = await tryStream({ ...own, gatewayUrl, clientSecret });

    expect(findings).toMatchObject([
      {
        level: "problem",
        message: expect.stringContaining("401"),
        remedy: expect.stringMatching(/./),
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain(ticket);
  });

  test("names the network if no gateway answers", async () => {
    const findings = await tryStream({ ...own, gatewayUrl: "http://127.0.0.1:1", clientSecret });

    expect(findings).toMatchObject([
      {
        level: "problem",
        message: expect.stringContaining("ECONNREFUSED"),
        remedy: expect.stringContaining("firewall"),
      },
    ]);
  });

  test.each([
    ["a secret in another kind of store", { clientSecret: byKey }, { type: "secretstores.vault" }],
    ["a secret that its store lacks", { clientSecret: byKey }, { secrets: {} }],
    ["a secret in a variable of daprd", { clientSecret: fromVariable }, {}],
    ["a client id that only daprd reads", { clientId: byKey, clientSecret }, { secrets: {} }],
    ["no secret", {}, {}],
    ["a wrong address", { clientSecret, gatewayUrl: "ftp://h" }, {}],
  ])("skips a component with %s and asks nobody", async (_what, fields, store) => {
    const gateway = await startGateway();

    const findings = await tryStream({ ...own, gatewayUrl: gateway.url.href, ...fields }, store);

    expect(findings).toMatchObject([{ check: "stream", level: "skipped" }]);
    expect(gateway.opens).toEqual([]);
  });

  test.each(["get", "http"])("is silent about receive: %s", async (receive) => {
    const findings = await tryStream({ ...own, receive, clientSecret });

    expect(findings).toEqual([]);
  });
});
