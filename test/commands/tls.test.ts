import { writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { generate } from "selfsigned";
import { describe, expect, onTestFinished, test } from "vitest";
import { DaprdClient } from "../support/daprd-client.ts";
import { run } from "../support/process.ts";
import { tempFolder } from "../support/temp-folder.ts";

const text = { msgtype: "text", text: { content: "hello" } };

/** A robot whose TLS certificate no public authority has signed. */
async function startTlsRobot() {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
  const server = createServer({ key, cert }, (_request, response) => {
    response.end('{"errcode":0,"errmsg":"ok"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  // The address of a TCP server is an object; only pipes have a string.
  const { port } = server.address() as AddressInfo;
  return { url: `https://localhost:${port}/robot/send?access_token=t`, cert };
}

async function serve(env: Record<string, string>): Promise<DaprdClient> {
  const folder = await tempFolder();
  await run([], { DAPR_COMPONENTS_SOCKETS_FOLDER: folder, ...env }).says("ready for daprd");
  return new DaprdClient(join(folder, "dingtalk.webhook.sock"));
}

describe("a robot with a private certificate", () => {
  test("is not trusted by default", async () => {
    const { url } = await startTlsRobot();
    const daprd = await serve({});
    await daprd.init({ id: "a", url });

    const sent = daprd.create(text);

    await expect(sent).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(/^dingtalk reason=tls-failed: .+NODE_EXTRA_CA_CERTS/),
    });
  });

  test("is trusted through NODE_EXTRA_CA_CERTS", async () => {
    const { url, cert } = await startTlsRobot();
    const file = join(await tempFolder(), "ca.pem");
    await writeFile(file, cert);
    const daprd = await serve({ NODE_EXTRA_CA_CERTS: file });
    await daprd.init({ id: "a", url });

    const answer = await daprd.create(text);

    expect(answer.metadata).toEqual({ errcode: "0", errmsg: "ok" });
  });
});
