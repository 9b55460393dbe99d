import { describe, expect, test } from "vitest";
import { linkTo } from "./support/cuttable-link.ts";
import { startWithPage, useBrowser } from "./support/opened-page.ts";
import { send, text } from "./support/send.ts";

const open = useBrowser();
const fast = [{ token: "sandbox", messagesPerMinute: 1_000_000 }];

describe("the live page", () => {
  test("misses nothing while its connection is broken", async () => {
    const { sandbox, page } = await open({ robots: fast });
    const link = await linkTo(sandbox.port);
    await page.goto(`${link.url}/#/sandbox`);
    await send(sandbox, text("before"));
    await page.locator(".bubble", { hasText: "before" }).waitFor();

    link.cut();
    await page.getByText("Reconnecting…").waitFor();
    await send(sandbox, text("meanwhile 1"));
    await send(sandbox, text("meanwhile 2"));
    link.mend();

    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator(".bubble", { hasText: "meanwhile 2" }).waitFor();
    const said = await page.locator(".bubble").allInnerTexts();
    expect(said).toEqual(["before", "meanwhile 1", "meanwhile 2"]);
  });

  test("starts over with a sandbox that was started anew", async () => {
    const { sandbox, page } = await open({ robots: fast });
    await send(sandbox, text("of the first run"), { headers: { connection: "close" } });
    await page.locator(".bubble", { hasText: "of the first run" }).waitFor();

    await sandbox.close();
    const again = await startWithPage({ robots: fast, sandbox: { port: sandbox.port } });
    await send(again, text("of the second run"));

    await page.locator(".bubble", { hasText: "of the second run" }).waitFor();
    expect(await page.locator(".bubble").allInnerTexts()).toEqual(["of the second run"]);
  });

  test("draws only the end of a full room, and earlier messages when they are scrolled to", async () => {
    const { sandbox, page } = await open({ robots: fast });

    for (let hundred = 0; hundred < 11; hundred += 1) {
      const messages = Array.from({ length: 100 }, (_, i) => text(`number ${hundred * 100 + i}`));
      await Promise.all(messages.map((message) => send(sandbox, message)));
    }
    await send(sandbox, text("the very last"));

    await page.locator(".bubble", { hasText: "the very last" }).waitFor();
    const drawn = await page.locator(".entry").count();
    await page.evaluate("document.getElementById('log').scrollTop = 0");
    await expect.poll(() => page.locator(".entry").count()).toBeGreaterThan(drawn);
    expect(drawn).toBeLessThan(200);
    await page.getByRole("button", { name: "To the newest" }).click();
    await expect.poll(() => page.locator(".entry").count()).toBe(drawn);
  });

  test("stays where the reader is and tells how much is new below", async () => {
    const { sandbox, page } = await open({ robots: fast });
    for (let i = 0; i < 30; i += 1) await send(sandbox, text(`line ${i}`));
    await page.locator(".bubble", { hasText: "line 29" }).waitFor();
    await page.evaluate("document.getElementById('log').scrollTop = 200");
    await page.getByRole("button", { name: "To the newest" }).waitFor();

    await send(sandbox, text("news"));

    const below = page.getByRole("button", { name: "1 new message" });
    await below.waitFor();
    expect(await page.evaluate("document.getElementById('log').scrollTop")).toBe(200);
    await below.click();
    await page.locator(".bubble", { hasText: "news" }).waitFor();
  });
});
