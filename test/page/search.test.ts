import { describe, expect, test } from "vitest";
import { useBrowser } from "./support/opened-page.ts";
import { send, text } from "./support/send.ts";

const open = useBrowser();
const robots = [
  { token: "sandbox", messagesPerMinute: 1000 },
  { token: "other", keywords: ["alert"] },
];
const noTitle = { msgtype: "markdown", markdown: { text: "no title" } };

describe("the search", () => {
  test("finds in all rooms and leads to the message, also while details are open", async () => {
    const { sandbox, page } = await open({ robots });
    await send(sandbox, text("apples here"));
    await send(sandbox, text("alert: apples there"), { token: "other" });
    await page.getByRole("link", { name: "Details" }).click();
    await page.getByRole("searchbox").fill("apples");

    await page.getByRole("button", { name: "In all rooms: 2" }).click();
    const results = page.getByRole("region", { name: "Found in all rooms" });
    const found = await results.getByRole("link").allInnerTexts();
    await results.getByRole("link", { name: "apples there" }).click();

    await page.getByRole("heading", { name: "other", exact: true }).waitFor();
    await page.getByRole("tabpanel").getByText("apples there").waitFor();
    expect(found).toEqual([
      expect.stringContaining("apples there"),
      expect.stringContaining("apples here"),
    ]);
    expect(await page.getByRole("searchbox").inputValue()).toBe("apples");
  });

  test("gives way to a message that it has left out", async () => {
    const { sandbox, page } = await open({ robots });
    await send(sandbox, text("apples"));
    await send(sandbox, text("pears"));
    await page.getByRole("searchbox").fill("apples");
    await page.getByText("1 message found").waitFor();

    await page.goto(`${sandbox.url}/#/sandbox/2`);

    await page.locator(".entry-current .bubble", { hasText: "pears" }).waitFor();
    expect(await page.getByRole("searchbox").inputValue()).toBe("");
  });
});

describe("refused requests", () => {
  test("are counted in the choice of the outcome, and found with it in all rooms", async () => {
    const { sandbox, page } = await open({ robots });
    await send(sandbox, text("fine"));
    await send(sandbox, noTitle);
    await send(sandbox, text("no keyword"), { token: "other" });
    const choice = page.getByRole("combobox", { name: "Show" });
    await choice.getByText("Refused (1)").waitFor({ state: "attached" });

    await choice.selectOption("refused");

    await page.getByText("1 message found").waitFor();
    expect(await page.locator(".entry .bubble").allInnerTexts()).toEqual(["no title"]);
    await page.getByRole("button", { name: "In all rooms: 2" }).click();
    await page.locator(".result", { hasText: "none of the keywords" }).waitFor();
  });

  test("are marked in the list of rooms and in the badge", async () => {
    const { sandbox, page } = await open({ robots });
    const other = page.getByRole("navigation").getByRole("link", { name: "other" });

    await send(sandbox, text("alert: fine"), { token: "other" });
    await other.getByLabel("1 new", { exact: true }).waitFor();
    const marksBefore = await other.locator(".mark").count();
    await send(sandbox, text("no keyword"), { token: "other" });

    await other.getByLabel("2 new, 1 not accepted").waitFor();
    expect(marksBefore).toBe(0);
    expect(await other.locator(".room-latest").textContent()).toMatch(/^Refused\s+no keyword$/);
  });
});

describe("the button to the newest message", () => {
  test("is there only while the newest message is out of sight", async () => {
    const { sandbox, page } = await open({ robots });
    for (let i = 0; i < 30; i += 1) await send(sandbox, text(`line ${i}`));
    await page.locator(".bubble", { hasText: "line 29" }).waitFor();
    const button = page.locator(".to-newest");
    await page.evaluate("document.getElementById('log').scrollTop -= 120");
    await page.locator(".bubble", { hasText: "line 29" }).hover();
    const nearTheEnd = await button.isVisible();
    await page.evaluate("document.getElementById('log').scrollTop = 0");
    await button.waitFor();

    await page.getByRole("searchbox").fill("line 7");

    await page.getByText("1 message found").waitFor();
    expect(nearTheEnd).toBe(false);
    expect(await button.isVisible()).toBe(false);
  });
});
