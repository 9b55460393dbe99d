import { writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import { status } from "@grpc/grpc-js";
import { generate } from "selfsigned";
import { describe, expect, test } from "vitest";
import { DaprdClient } from "../support/daprd-client.ts";
import { listenHere } from "../support/listen.ts";
import { run } from "../support/process.ts";
import { tempFolder } from "../support/temp-folder.ts";

const text = { msgtype: "text", text: { content: "hello" } };

/** A robot whose TLS certificate no public authority has signed. */
async function startTlsRobot(options: TlsOptions = {}) {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
  const server = createServer({ key, cert, ...options }, (_request, response) => {
    response.end('{"errcode":0,"errmsg":"ok"}');
  });
  const port = await listenHere(server);
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

describe("a robot that wants a client certificate", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)("never gets the message by %s", async (version) => {
    const { url, cert } = await startTlsRobot({
      requestCert: true,
      minVersion: version,
      maxVersion: version,
    });
    const file = join(await tempFolder(), "ca.pem");
    await writeFile(file, cert);
    const daprd = await serve({ NODE_EXTRA_CA_CERTS: file });
    const once = { messagesPerMinute: "1", maxWait: "0", retries: "0" };
    await daprd.init({ id: "a", url, ...once });
    await expect(daprd.create(text)).rejects.toThrow();

    const second = daprd.create({ ...text, text: { content: "another" } });

    await expect(second).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(/^dingtalk reason=tls-failed: /),
    });
    await expect(second).rejects.not.toThrow(/may have arrived/);
  });
});
