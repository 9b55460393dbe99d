import { describe, expect, test } from "vitest";
import type { RobotState } from "../../sandbox/api/types.ts";
import {
  open as askForConnection,
  clientSecret,
  humanOf,
} from "../sandbox/stream/support/program.ts";
import { call } from "../sandbox/support/sandbox.ts";
import { useBrowser } from "./support/opened-page.ts";
import { send, text } from "./support/send.ts";

const open = useBrowser();
const realToken = "0123456789abcdef".repeat(4);

describe("a request that finds no room", () => {
  test("is named with its count, and its button makes the robot", async () => {
    const { sandbox, page } = await open();
    const bar = page.getByRole("region", { name: "Requests without a room" });
    await send(sandbox, text("1"), { token: "sandbx" });
    await bar.getByText("Unknown token sandbx, 1×").waitFor();
    await send(sandbox, text("2"), { token: "sandbx" });
    await bar.getByText("Unknown token sandbx, 2×").waitFor();

    await bar.getByRole("button", { name: "Make a robot sandbx" }).focus();
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "sandbx" }).waitFor();
    expect(await bar.count()).toBe(0);
    expect(await send(sandbox, text("3"), { token: "sandbx" })).toMatchObject({ errcode: 0 });
    await page.locator(".bubble", { hasText: "3" }).waitFor();
  });

  test("is said in Chinese, too", async () => {
    const { sandbox, page } = await open({ browser: { locale: "zh-CN" } });

    await send(sandbox, text("1"), { token: "sandbx" });

    await page.getByText("未知 token：sandbx，1 次").waitFor();
    await page.getByRole("button", { name: "创建机器人 sandbx" }).waitFor();
  });

  test("shows only the beginning of a real token, and makes a robot for the whole one", async () => {
    const { sandbox, page } = await open();
    await send(sandbox, text("1"), { token: realToken });
    await page.getByText("Unknown token 012345•").waitFor();
    const shown = await page.content();

    await page.getByRole("button", { name: "Make a robot 012345" }).click();

    await page.getByRole("heading", { name: realToken }).waitFor();
    expect(shown).not.toContain(realToken);
    expect(await send(sandbox, text("2"), { token: realToken })).toMatchObject({ errcode: 0 });
  });

  test("makes a robot for an unknown Client ID, and asks for its secret", async () => {
    const { sandbox, page } = await open();
    const asker = { sandbox, clientId: "dingmisspelt" };
    await askForConnection(asker);
    await page.getByText("Unknown Client ID dingmisspelt, 1×").waitFor();

    await page.getByRole("button", { name: "Make a robot dingmisspelt" }).click();

    await page.getByRole("heading", { name: "dingmisspelt" }).waitFor();
    await page.getByRole("button", { name: "Say where callbacks go" }).click();
    await page.getByLabel("App secret").fill(clientSecret);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved").waitFor();
    const granted = await askForConnection(asker);
    expect(granted.status).toBe(200);
    expect(await page.getByText("Unknown Client ID").isVisible()).toBe(false);
  });

  test.each([
    ["en-US", "Wrong Client Secret for Client ID", "Make a robot"],
    ["zh-CN", "Client Secret 错误，Client ID", "创建机器人"],
  ])("names a known Client ID whose secret is wrong, in %s", async (locale, words, button) => {
    const { sandbox, page } = await open({ browser: { locale } });
    const { json } = await call<RobotState>(sandbox, humanOf, { mode: "stream", appSecret: "a" });
    const { clientId } = json.human;

    await askForConnection({ sandbox, clientId }, { clientSecret: "wr0ng" });

    await page.getByText(new RegExp(`${words}.*${clientId}`)).waitFor();
    expect(await page.getByRole("button", { name: button }).count()).toBe(0);
    expect(await page.content()).not.toContain("wr0ng");
    await askForConnection({ sandbox, clientId }, { clientSecret: "a" });
    await page.getByText(words).waitFor({ state: "hidden" });
  });

  test("has no button without a token, and is forgotten on request", async () => {
    const { sandbox, page } = await open();
    await fetch(`${sandbox.url}/robot/send`, { method: "POST" });
    await fetch(`${sandbox.url}/robot/sendBySession?session=0`, { method: "POST" });
    await page.getByText("Request without access_token, 1×").waitFor();
    await page.getByText("Unknown sessionWebhook, 1×").waitFor();
    const buttons = await page.getByRole("button", { name: "Make a robot" }).count();

    await page.getByRole("button", { name: "Forget these requests" }).click();

    await page.getByText("Unknown sessionWebhook").waitFor({ state: "hidden" });
    expect(buttons).toBe(0);
  });
});
