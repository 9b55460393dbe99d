import { describe, expect, test } from "vitest";
import { sign } from "../../src/dingtalk/signature.ts";
import { useBrowser } from "./support/opened-page.ts";
import { send, text } from "./support/send.ts";

const open = useBrowser();
const secret = "SECsandbox";
const hello = text("hello");

function signed(timestampMs: number, key = secret): string {
  return `timestamp=${timestampMs}&sign=${encodeURIComponent(sign(timestampMs, key))}`;
}

const minute = 60_000;

describe("a refused request", () => {
  test.each<[string, () => { query?: string; headers?: Record<string, string> }, RegExp]>([
    ["no signature at all", () => ({}), /sign/i],
    ["the sign of another secret", () => ({ query: signed(Date.now(), "SECother") }), /secret/i],
    [
      "a sign that was encoded twice",
      () => {
        const now = Date.now();
        const twice = encodeURIComponent(encodeURIComponent(sign(now, secret)));
        return { query: `timestamp=${now}&sign=${twice}` };
      },
      /twice/i,
    ],
    [
      "seconds for milliseconds",
      () => ({ query: signed(Math.floor(Date.now() / 1000)) }),
      /second/i,
    ],
    ["a clock that is off", () => ({ query: signed(Date.now() - 90 * minute) }), /90 minutes/],
    [
      "an old timestamp left in the address",
      () => ({ query: `${signed(Date.now() - 90 * minute)}&${signed(Date.now())}` }),
      /timestamp/i,
    ],
    [
      "parameters sent as headers",
      () => ({ headers: { timestamp: String(Date.now()), sign: sign(Date.now(), secret) } }),
      /header/i,
    ],
  ])("is greyed and tells of %s", async (_name, request, reason) => {
    const { sandbox, page } = await open({ hash: "#/signed" });
    const { query, headers = {} } = request();

    await send(sandbox, hello, { token: "signed", query: query ? `&${query}` : "", headers });

    const note = page.locator(".entry-refused .note-refused");
    await note.waitFor();
    expect(await note.textContent()).toContain("310000");
    expect(await note.textContent()).toMatch(reason);
  });

  test("names the field that is missing and the spelling that was sent", async () => {
    const { sandbox, page } = await open();
    const link = { title: "t", text: "t", messageURL: "https://example.com" };

    await send(sandbox, { msgtype: "link", link });

    const note = page.locator(".note-refused");
    await note.waitFor();
    expect(await note.textContent()).toContain("400304");
    expect(await note.textContent()).toContain("link.messageUrl");
    expect(await note.textContent()).toContain("link.messageURL");
  });

  test("shows what cannot be drawn as it came", async () => {
    const { sandbox, page } = await open();

    await send(sandbox, '{"msgtype": "text", oops');

    const bubble = page.locator(".entry-refused .undrawable");
    await bubble.waitFor();
    expect(await bubble.textContent()).toContain("oops");
  });

  test("counts down while a penalty lasts", async () => {
    const { sandbox, page } = await open({ robots: [{ token: "sandbox", messagesPerMinute: 1 }] });

    await send(sandbox, hello);
    await send(sandbox, hello);

    const banner = page.locator(".penalty-banner");
    await banner.getByText(/^(10:00|9:\d\d)$/).waitFor();
    const note = page.locator(".note-refused");
    expect(await note.textContent()).toContain("660026");
    expect(await note.locator(".countdown").textContent()).toMatch(/^(10:00|9:\d\d)$/);
  });
});
