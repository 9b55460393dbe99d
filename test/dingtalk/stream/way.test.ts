import { execFile } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { generate } from "selfsigned";
import { describe, expect, test, vi } from "vitest";
import { tempFolder } from "../../support/temp-folder.ts";
import { proxyPassword, startConnectProxy } from "./support/connect-proxy.ts";
import { clientSecret, startGateway, ticket } from "./support/gateway.ts";

// Each test starts a process, which takes seconds on a loaded machine.
vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Opens and closes a stream in a process of its own. Resolves with its whole output. */
async function probe(gatewayUrl: URL, env: Record<string, string>): Promise<string> {
  const folder = await tempFolder();
  const program = join(folder, "probe.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: ["test/dingtalk/stream/support/probe-main.ts"],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  });
  // The program looks for its packages and for the package's folder beside itself.
  await symlink(`${root}node_modules`, join(folder, "node_modules"));
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [program, gatewayUrl.href, clientSecret],
    { env: { PATH: process.env.PATH ?? "", ...env } },
  );
  return stdout + stderr;
}

async function startTlsGateway() {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
  const gateway = await startGateway({ tls: { key, cert } });
  const file = join(await tempFolder(), "ca.pem");
  await writeFile(file, cert);
  return { gateway, trust: { NODE_EXTRA_CA_CERTS: file } };
}

describe("a stream with a private certificate", () => {
  test("is trusted through NODE_EXTRA_CA_CERTS, and closes with 1000", async () => {
    const { gateway, trust } = await startTlsGateway();

    const output = await probe(gateway.url, trust);

    expect(output).toBe("ok");
    expect(gateway.tickets).toEqual([ticket]);
    expect(gateway.sockets.map(({ closedWith }) => closedWith())).toEqual([1000]);
  });

  test("is not trusted by default", async () => {
    const { gateway } = await startTlsGateway();

    const output = await probe(gateway.url, {});

    expect(output).toMatch(/^open-failed: DingTalk's gateway gave no answer: tls-failed /);
    expect(gateway.opens).toEqual([]);
  });

  test("has a socket that is not trusted either", async () => {
    const { gateway } = await startTlsGateway();
    const plain = await startGateway({ endpoint: () => `wss://${gateway.url.host}/connect` });

    const output = await probe(plain.url, {});

    expect(output).toMatch(/^handshake: no connection to the stream's host: .*SELF_SIGNED/);
    expect(output).not.toContain("7724109a");
  });
});

describe("a stream behind a proxy that demands a password", () => {
  test("goes through tunnels, the request to open and the socket", async () => {
    const proxy = await startConnectProxy();
    const { gateway, trust } = await startTlsGateway();

    const output = await probe(gateway.url, { ...trust, HTTPS_PROXY: proxy.url });

    expect(output).toBe("ok");
    expect(proxy.tunnels).toEqual([gateway.url.host, gateway.url.host]);
    expect(gateway.sockets).toHaveLength(1);
  });

  test("goes through tunnels without TLS, too", async () => {
    const proxy = await startConnectProxy();
    const gateway = await startGateway();

    const output = await probe(gateway.url, { HTTP_PROXY: proxy.url });

    expect(output).toBe("ok");
    expect(proxy.tunnels).toEqual([gateway.url.host, gateway.url.host]);
  });

  test.each(["localhost", "*"])("goes directly with NO_PROXY=%s", async (noProxy) => {
    const proxy = await startConnectProxy();
    const { gateway, trust } = await startTlsGateway();

    const output = await probe(gateway.url, {
      ...trust,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: noProxy,
    });

    expect(output).toBe("ok");
    expect(proxy.tunnels).toEqual([]);
  });

  test("fails with a wrong password, and says that it was the proxy", async () => {
    const proxy = await startConnectProxy();
    const { gateway, trust } = await startTlsGateway();
    const url = proxy.url.replace("user:", "other:");

    const output = await probe(gateway.url, { ...trust, HTTPS_PROXY: url });

    expect(output).toBe(`open-failed: the proxy ${proxy.host} answered HTTP 407`);
    expect(output).not.toContain(encodeURIComponent(proxyPassword));
    expect(proxy.refused()).toBe(1);
  });

  test("says that it was the proxy when only the socket needs it", async () => {
    const proxy = await startConnectProxy();
    const gateway = await startGateway({ endpoint: () => "wss://stream.invalid/connect" });
    const url = proxy.url.replace("user:", "other:");

    const output = await probe(gateway.url, { HTTPS_PROXY: url, NO_PROXY: "localhost" });

    expect(output).toBe(`handshake: the proxy ${proxy.host} answered HTTP 407`);
  });
});
