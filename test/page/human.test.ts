import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { answerCallbacks } from "./support/callback-server.ts";
import { useBrowser } from "./support/opened-page.ts";
import { text } from "./support/send.ts";

const open = useBrowser();

async function setCallback(page: Page, url: string): Promise<void> {
  await page.getByRole("button", { name: "Say where callbacks go" }).click();
  await page.getByLabel("Callback URL").fill(url);
  await page.getByLabel("App secret").fill("app-secret");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved").waitFor();
  await page.keyboard.press("Escape");
}

async function say(page: Page, words: string): Promise<void> {
  await page.getByPlaceholder("Say something to the robot…").fill(words);
  await page.keyboard.press("Enter");
}

describe("the human", () => {
  test("reaches the program with a signed callback and sees its HTTP answer", async () => {
    const program = await answerCallbacks(text("all is well"));
    const { page } = await open();
    await setCallback(page, program.url);

    await say(page, "how are you?");

    await page.getByText("all is well").last().waitFor();
    await page
      .locator(".entry-human")
      .getByText(/HTTP 200 in \d+ ms/)
      .waitFor();
    expect(program.received[0]?.body.text.content.trim()).toBe("how are you?");
    expect(program.received[0]?.headers.sign).toBeTruthy();
  });

  test("sees what the program says to the session webhook", async () => {
    const program = await answerCallbacks({ msgtype: "empty" });
    const { page } = await open();
    await setCallback(page, program.url);
    await say(page, "tell me later");
    await page
      .locator(".entry-human")
      .getByText(/HTTP 200/)
      .waitFor();

    const answer = await fetch(program.received[0]?.body.sessionWebhook ?? "", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(text("now is later")),
    });

    expect(await answer.json()).toMatchObject({ errcode: 0 });
    await page.getByText("by sessionWebhook").waitFor();
    await page.locator(".bubble", { hasText: "now is later" }).waitFor();
  });

  test("is told when the program cannot be reached", async () => {
    const { page } = await open();
    await setCallback(page, "http://127.0.0.1:1/nobody");

    await say(page, "anybody there?");

    const note = page.locator(".entry-human .note-refused");
    await note.waitFor();
    expect(await note.textContent()).not.toBe("");
  });

  test("is asked where callbacks go before the first word", async () => {
    const { page } = await open();

    await say(page, "hello?");

    await page.getByRole("heading", { name: "Callback settings" }).waitFor();
    expect(await page.getByPlaceholder("Say something to the robot…").inputValue()).toBe("hello?");
  });
});
