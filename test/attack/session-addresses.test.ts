import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { freePort } from "../daprd/support/ports.ts";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { clientSecret, post, signedAt } from "./support/callback-attacks.ts";
import { startNoticingHost, startWatchingProxy } from "./support/watching-proxy.ts";
import { serveInto } from "./support/wire-process.ts";

const message = JSON.stringify({ msgtype: "text", text: { content: "to nobody else" } });
const path = "/robot/sendBySession?session=s3ss10n";

/** The shipped program behind a proxy that notices every call, with an app that answers. */
async function startWatched() {
  const proxy = await startWatchingProxy();
  const host = await startNoticingHost();
  const redirecting = await startNoticingHost(`${host.origin}${path}`);
  const port = await freePort();
  const { child, socket } = await serveInto("pipe", {
    ...{ DINGTALK_CALLBACK_PORT: String(port), DINGTALK_CALLBACK_HOST: "127.0.0.1" },
    ...{ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" },
  });
  const log = { text: "" };
  child.stdout?.on("data", (data) => {
    log.text += data;
  });
  const daprd = new DaprdClient(socket);
  await daprd.init({
    ...{ id: "attacked", receive: "http", clientSecret, retries: "0" },
    allowedSessionHosts: redirecting.origin,
  });
  answerEvents(daprd.read(), () => ({ response_data: Buffer.from(message) }));
  await eventually(() => log.text.includes("daprd reads from the component"));
  const unsaid = (): number => log.text.split("the app's answer was not said").length - 1;
  /** A person writes, and the app answers at this address. */
  const hears = async (msgId: string, sessionWebhook: string): Promise<number | string> => {
    const sessionWebhookExpiredTime = Date.now() + 60_000;
    const body = JSON.stringify({ msgId, sessionWebhook, sessionWebhookExpiredTime });
    return await post(
      { port, path: "/callback/attacked" },
      { headers: signedAt(Date.now()), body },
    );
  };
  const reply = (sessionWebhook: string) =>
    daprd.invoke("reply", message, { metadata: { sessionWebhook } });
  return { proxy, host, redirecting, log, unsaid, hears, reply };
}

const hostile = (port: number): string[] => [
  "https://oapi.dingtalk.com.evil.example",
  "https://evildingtalk.com",
  "https://dingtalk.com.evil",
  "https://oapi.dingtalk.com@evil",
  `https://oapi.dingtalk.com@127.0.0.1:${port}`,
  `https://evil.example\\@oapi.dingtalk.com`,
  "http://oapi.dingtalk.com",
  "https://oapi.dingtalk.com:8443",
  `http://127.0.0.1:${port}`,
  `https://127.0.0.1:${port}`,
  "https://169.254.169.254",
  "https://2130706433",
  `https://[::1]:${port}`,
  `http://localhost:${port}`,
];

describe("the address of a session that a stranger wrote", () => {
  test("is called neither for an answer nor for a reply", async () => {
    const { proxy, host, log, unsaid, hears, reply } = await startWatched();
    const addresses = hostile(host.port);

    for (const [n, address] of addresses.entries()) {
      await hears(`m${n}`, address + path);
      await expect(reply(address + path)).rejects.toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: expect.stringContaining("reason=session-host"),
      });
    }
    await eventually(() => unsaid() === addresses.length || undefined);

    expect(proxy.wanted).toEqual([]);
    expect(host.seen).toEqual({ connections: 0, requests: 0 });
    // The log tells of each answer and of each reply.
    expect(log.text.match(/"reason":"session-host"/g)).toHaveLength(2 * addresses.length);
    expect(log.text).not.toMatch(/s3ss10n|to nobody else/);
  });

  test("is called if it is DingTalk's, so the proxy of this test notices calls", async () => {
    const { proxy, unsaid, hears } = await startWatched();

    await hears("m1", `https://oapi.dingtalk.com${path}`);
    await eventually(() => unsaid() === 1 || undefined);

    expect(new Set(proxy.wanted)).toEqual(new Set(["oapi.dingtalk.com:443"]));
  });

  test("leads nowhere else by a redirect", async () => {
    const { host, redirecting, unsaid, hears, reply } = await startWatched();

    await hears("m1", redirecting.origin + path);
    await eventually(() => unsaid() === 1 || undefined);
    const replied = await reply(redirecting.origin + path).catch(({ details }) => details);

    expect(redirecting.seen.requests).toBe(2);
    expect(replied).toContain("reason=");
    expect(host.seen).toEqual({ connections: 0, requests: 0 });
  });
});
