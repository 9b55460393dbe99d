import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { run } from "../support/process.ts";
import { startTcpHost } from "../support/tcp-host.ts";
import { tempFolder } from "../support/temp-folder.ts";

const text = { msgtype: "text", text: { content: "hello" } };

async function serveThrough(proxy: string) {
  const folder = await tempFolder();
  const address = `http://user:password@${proxy}`;
  const running = run(["serve"], {
    DAPR_COMPONENTS_SOCKETS_FOLDER: folder,
    HTTPS_PROXY: address,
    HTTP_PROXY: address,
  });
  await running.says("ready for daprd");
  return { running, daprd: new DaprdClient(join(folder, "dingtalk.webhook.sock")) };
}

describe("a proxy that accepts and closes", () => {
  test.each(["http:", "https:"])("gets one connection for an attempt to %s", async (scheme) => {
    const proxy = await startTcpHost((socket) => void socket.on("data", () => socket.end()));
    const { running, daprd } = await serveThrough(proxy.host);
    await daprd.init({ id: "a", url: `${scheme}//robot.invalid/robot/send`, retries: "1" });

    const sent = daprd.create(text);

    await expect(sent).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining(`reason=proxy-failed: the proxy ${proxy.host} did not`),
    });
    await expect(sent).rejects.not.toThrow(/password|may have arrived/);
    running.child.kill("SIGTERM");
    expect(await running.exit).toBe(0);
    expect(proxy.connections()).toBe(2);
    expect(running.stdout()).not.toContain("password");
  });
});

describe("a proxy that hangs", () => {
  test("keeps no connection of a caller who went away", async () => {
    const proxy = await startTcpHost(() => {});
    const { daprd } = await serveThrough(proxy.host);
    await daprd.init({ id: "a", url: "https://robot.invalid/robot/send" });
    const callers = Array.from({ length: 20 }, () => new AbortController());
    const sent = Promise.allSettled(
      callers.map(({ signal }, index) =>
        daprd.create({ ...text, text: { content: `${index}` } }, { signal }),
      ),
    );
    await eventually(() => proxy.openConnections() === 20 || undefined);

    for (const caller of callers) caller.abort();
    await sent;

    await eventually(() => proxy.openConnections() === 0 || undefined);
    expect(proxy.connections()).toBe(20);
  });
});
