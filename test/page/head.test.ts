import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useBrowser } from "./support/opened-page.ts";
import { samples } from "./support/samples.ts";
import { send, text } from "./support/send.ts";

const open = useBrowser();

/** The room's name as the reader sees it; empty if it is cut off or covered. */
function nameInSight(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const names = [...document.querySelectorAll(".room-title h1, .room-switch")];
    const name = names.find((each) => each.clientWidth > 1 && each.checkVisibility());
    const { left, top, width, height } = name.getBoundingClientRect();
    const edges = [left + 3, left + width / 2, left + width - 3];
    const isFree = edges.every((x) => document.elementFromPoint(x, top + height / 2) === name);
    return isFree && name.scrollWidth <= name.clientWidth ? (name.value ?? name.textContent) : "";
  })()`);
}

describe("the head of a room", () => {
  test.each([
    [1280, "en-US", "Rules"],
    [1280, "zh-CN", "规则"],
    [768, "en-US", "Rules"],
    [768, "zh-CN", "规则"],
  ])("shows its name beside a panel at %i pixels in %s", async (width, locale, rules) => {
    const token = "payments-production";
    const { sandbox, page } = await open({
      robots: [{ token, keywords: ["fine"], secret: "SEC1" }, { token: "other" }],
      hash: `#/${token}`,
      browser: { locale, viewport: { width, height: 800 } },
    });
    await send(sandbox, text("refused"), { token });
    const before = await nameInSight(page);

    await page.getByRole("button", { name: rules }).click();

    await page.getByRole("heading", { name: rules, exact: true }).waitFor();
    expect([before, await nameInSight(page)]).toEqual([token, token]);
  });

  test.each([
    ["en-US", ["Rules", "Faults", "Callback settings"]],
    ["zh-CN", ["规则", "故障", "回调设置"]],
  ])("and all else fits 280 pixels in %s", async (locale, panels) => {
    const { sandbox, page } = await open({
      robots: [{ token: "a-rather-long-name-of-a-robot" }],
      hash: "#/a-rather-long-name-of-a-robot",
      browser: { locale, viewport: { width: 280, height: 640 } },
    });
    const token = "a-rather-long-name-of-a-robot";
    for (const message of Object.values(samples)) await send(sandbox, message, { token });
    await send(sandbox, "{}", { token });
    await send(sandbox, text("x"), { token: "0123456789abcdef".repeat(4) });
    await page.locator(".unmatched-text").waitFor();
    const widest = `Math.max(...["html", ".log", ".drawer-body", ".room-bar", ".unmatched-list"]
      .flatMap((part) => [...document.querySelectorAll(part)])
      .map((part) => part.scrollWidth - part.clientWidth))`;
    const overflows = [await page.evaluate<number>(widest)];

    for (const name of panels) {
      await page.getByRole("button", { name }).click();
      await page.getByRole("heading", { name, exact: true }).waitFor();
      overflows.push(await page.evaluate<number>(widest));
      await page.keyboard.press("Escape");
    }
    await page.goto(`${sandbox.url}/#/${token}/1`);
    await page.getByRole("tabpanel").waitFor();
    overflows.push(await page.evaluate<number>(widest));

    expect(overflows).toEqual([0, 0, 0, 0, 0]);
  });

  test("copies the robot's address", async () => {
    const { sandbox, page } = await open();

    await page.getByRole("button", { name: "Copy the address" }).click();

    await page.getByText("Copied").waitFor();
    const copied = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(copied).toBe(`${sandbox.url}/robot/send?access_token=sandbox`);
    expect(await page.locator(".room-address code").textContent()).toBe(copied);
  });

  test("saves the room's entries as JSON, with secrets masked", async () => {
    const { sandbox, page } = await open({ robots: [{ token: "sandbox" }, { token: "other" }] });
    await send(sandbox, text("mine"));
    await send(sandbox, text("not mine"), { token: "other" });
    const saving = page.waitForEvent("download");

    await page.getByRole("link", { name: "Download the room as JSON" }).click();

    const download = await saving;
    const saved = JSON.parse(await readFile(await download.path(), "utf8"));
    expect(download.suggestedFilename()).toBe("sandbox.json");
    expect(saved).toMatchObject([
      { body: JSON.stringify(text("mine")), request: { query: [["access_token", "••••••••"]] } },
    ]);
    expect(saved).toHaveLength(1);
  });

  test("does not name a room after another robot", async () => {
    const { page } = await open({ hash: "#/signed" });

    await page.getByRole("heading", { name: "signed" }).waitFor();

    expect(await page.locator(".room-title-sub").textContent()).toBe("沙箱群");
  });
});

describe("the foot of the list of rooms", () => {
  test("links to the description of the API", async () => {
    const { page } = await open();
    const opening = page.waitForEvent("popup");

    await page.getByRole("link", { name: "Description of the API (OpenAPI)" }).click();

    const description = await opening;
    await description.getByText('"openapi":"3.1.0"').waitFor();
    expect(description.url()).toMatch(/\/api\/openapi\.json$/);
  });
});
