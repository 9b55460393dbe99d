import type { BrowserContextOptions, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { RobotState } from "../../sandbox/api/types.ts";
import type { Sandbox } from "../../sandbox/server.ts";
import { clientSecret, connect, humanOf, type Program } from "../sandbox/stream/support/program.ts";
import { call, entries, hello } from "../sandbox/support/sandbox.ts";
import { answerCallbacks } from "./support/callback-server.ts";
import { useBrowser } from "./support/opened-page.ts";

const open = useBrowser();

describe("the page of a robot in stream mode", () => {
  test("chooses the mode, and lists and ends the connections", async () => {
    const { page, sandbox } = await open();
    await page.getByRole("button", { name: "Say where callbacks go" }).click();
    await page.getByLabel("How messages reach your program").selectOption("stream");
    await page.getByLabel("App secret").fill(clientSecret);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved").waitFor();
    const list = page.getByRole("list", { name: "Connections" });
    await list.getByText("No connection is open").waitFor();
    const program = await connectTo(sandbox);
    await list.getByText("test/1.0").waitFor();

    await list.getByRole("button", { name: "Disconnect" }).click();

    await list.getByText("told to go").waitFor();
    await expect.poll(() => program.others[0]?.headers.topic).toBe("disconnect");
    expect(await page.getByLabel("Callback URL").isVisible()).toBe(false);
    expect(await page.getByText(`the gateway ${sandbox.url}`).isVisible()).toBe(true);
  });

  test("shows connection, code and time of an ack, and the answer", async () => {
    const { page, program } = await openStream();
    await say(page, "status?");
    const frame = await program.message();
    program.ack(frame);
    await reply(frame.data);

    await page
      .locator(".entry-human")
      .getByText(
        new RegExp(`ack 200 in \\d+ ms · connection ${frame.headers.connectionId?.slice(0, 8)}`),
      )
      .waitFor();

    await page.locator(".entry-robot .bubble", { hasText: "hello" }).waitFor();
    expect(JSON.parse(frame.data).text.content).toBe(" status?");
  });

  test.each([
    ["en-US", "group", "push again", "The ack's code is 500", "2 copies"],
    ["zh-CN", "群聊", "再推送", "ack 的 code 是 500", "推送 2 次"],
  ])("tells remarks and copies in %s", async (locale, conversation, again, remark, copies) => {
    const { page, program } = await openStream({ locale });
    await page.locator(".composer-text").fill("x");
    await page.keyboard.press("Enter");
    program.ack(await program.message(), { code: 500 });
    const entry = page.locator(".entry-human");
    await entry.getByText(remark).waitFor();

    await entry.getByRole("button", { name: again }).click();
    program.ack(await program.message(2));

    await entry.getByText(copies).waitFor();
    expect(await page.locator(".callback-target").textContent()).toContain(conversation);
  });

  test("says that DingTalk would have dropped a message without a connection", async () => {
    const { page, program } = await openStream();
    program.socket.terminate();
    await page.getByText("stream, 0 connections").waitFor();

    await say(page, "anybody?");

    await page
      .locator(".entry-human .note-refused")
      .getByText("DingTalk would have dropped the message")
      .waitFor();
  });

  test.each([
    ["picture", { msgtype: "picture", content: { downloadCode: expect.any(String) } }, "[picture]"],
    ["richText", { content: { richText: [{ text: "x" }, { type: "picture" }] } }, "x [picture]"],
    ["unknownMsgType", { msgtype: "unknownMsgType" }, "[unknownMsgType]"],
  ])("sends a message of the kind %s", async (kind, message, drawn) => {
    const { page, program } = await openStream();
    await page.getByLabel("Kind of message").selectOption(kind);

    await say(page, "x");

    const data = JSON.parse((await program.message()).data);
    expect(data).toMatchObject(message);
    await page.locator(".entry-human .bubble", { hasText: drawn }).waitFor();
  });

  test("sends a message for which the month's quota is used up", async () => {
    const { page, program } = await openStream();
    await page.getByLabel("Kind of message").selectOption("overQuota");

    await say(page, "x");

    const data = JSON.parse((await program.message()).data);
    expect(data).toMatchObject({ errorCode: 20001 });
    expect(data).not.toHaveProperty("text");
  });

  test("mentions other robots in a group, and none in a chat of two", async () => {
    const { page, sandbox, program } = await openStream();
    await page.getByText("Also mention", { exact: true }).click();
    await page.getByRole("checkbox", { name: "signed" }).check();
    await page.getByText("Also @ signed").waitFor();
    await say(page, "both of you");
    const together = await program.message();
    await call(sandbox, humanOf, { conversationType: "1" });
    await page.getByText("stream, 1 connection · 1:1").waitFor();
    const isOffered = await page.getByText("Also @ signed").isVisible();

    await say(page, "you alone");

    await program.message(2);
    const heard = await entries(sandbox, "?kind=human&token=signed");
    expect(isOffered).toBe(false);
    expect(heard).toHaveLength(1);
    expect(JSON.parse(together.data).atUsers).toHaveLength(2);
  });

  test.each([1280, 360])("offers other robots above the field at a width of %i", async (width) => {
    const { page } = await openStream({ viewport: { width, height: 900 } });

    await page.getByText("Also mention", { exact: true }).click();
    const list = await page.getByRole("list", { name: "Also mention" }).boundingBox();
    const field = await page.locator(".composer-box").boundingBox();

    expect(list).not.toBeNull();
    expect((list?.y ?? Infinity) + (list?.height ?? 0)).toBeLessThanOrEqual(field?.y ?? 0);
    expect((list?.x ?? -1) >= 0 && (list?.x ?? 0) + (list?.width ?? 0) <= width).toBe(true);
  });

  test("sends a file in a chat of two only", async () => {
    const { page, sandbox, program } = await openStream();
    const file = page.getByLabel("Kind of message").locator("option[value=file]");
    const isOffOnGroup = await file.isDisabled();
    await call(sandbox, humanOf, { conversationType: "1" });
    await page.getByText("stream, 1 connection · 1:1").waitFor();
    await page.getByLabel("Kind of message").selectOption("file");

    await say(page, "plan.pdf");

    const data = JSON.parse((await program.message()).data);
    expect(isOffOnGroup).toBe(true);
    expect(data).toMatchObject({ conversationType: "1", content: { fileName: "plan.pdf" } });
  });

  test("lists all copies in the details, and copies a command that pushes again", async () => {
    const { page, program } = await openStream();
    await say(page, "x");
    const frame = await program.message();
    program.ack(frame);
    await page
      .locator(".entry-human")
      .getByText(/ack 200/)
      .waitFor();
    await page.locator(".entry-human").getByRole("link", { name: "Details" }).click();
    await page.getByRole("tab", { name: "Request" }).click();
    await page.getByText(frame.headers.messageId ?? "no messageId").waitFor();

    await page.getByRole("button", { name: "Copy as curl" }).last().click();
    await page.getByText("Copied").waitFor();

    const command = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(command).toContain("/api/robots/sandbox/human");
    expect(command).toContain('{"again":"1"}');
  });

  test("sets a fault with a value of its own", async () => {
    const { page, sandbox } = await openStream();
    await page.getByRole("button", { name: "Faults" }).click();
    await page.getByLabel("What happens").selectOption("garbage");
    await page
      .locator("label", { hasText: /^Frame/ })
      .locator("select")
      .selectOption("binary");

    await page.getByRole("button", { name: "Set a fault" }).click();

    await page.getByText("Stream: a strange frame before a message: binary").waitFor();
    const { json } = await call<RobotState>(sandbox, "GET /api/robots/sandbox");
    expect(json.faults).toEqual([{ effect: { type: "garbage", garbage: "binary" }, next: 1 }]);
  });

  test("sets a fault of the session webhook", async () => {
    const { page, sandbox } = await openStream();
    await page.getByRole("button", { name: "Faults" }).click();
    await page.getByLabel("Which requests").selectOption("reply");

    await page.getByRole("button", { name: "Set a fault" }).click();

    await page.getByText("An errcode is answered: -1 · sessionWebhook").waitFor();
    const { json } = await call<RobotState>(sandbox, "GET /api/robots/sandbox");
    expect(json.faults).toMatchObject([{ effect: { type: "errcode" }, hits: "reply" }]);
  });
});

describe("the page of a robot in HTTP mode", () => {
  test("shows the copies of a message that was posted again", async () => {
    const program = await answerCallbacks({ msgtype: "empty" });
    const { page, sandbox } = await open();
    await call(sandbox, humanOf, { callbackUrl: program.url });
    await page.getByText(`→ ${program.url} · group`).waitFor();
    await say(page, "x");
    const entry = page.locator(".entry-human");
    await entry.getByText(/HTTP 200 in \d+ ms/).waitFor();

    await entry.getByRole("button", { name: "push again" }).click();

    await entry.getByText("2 copies").waitFor();
    await entry.getByText("It is not known whether DingTalk posts a message again").waitFor();
    expect(program.received).toHaveLength(2);
  });
});

/** A page whose robot is in stream mode, and a program that is connected. */
async function openStream(browser: BrowserContextOptions = {}) {
  const { page, sandbox } = await open({ browser });
  await call(sandbox, humanOf, { mode: "stream", appSecret: clientSecret });
  const program = await connectTo(sandbox);
  await page.getByText(/→ (stream, 1 connection|Stream，1 个连接)/).waitFor();
  return { page, sandbox, program };
}

async function connectTo(sandbox: Sandbox): Promise<Program> {
  const { json } = await call<RobotState>(sandbox, "GET /api/robots/sandbox");
  return await connect({ sandbox, clientId: json.human.clientId });
}

async function say(page: Page, words: string): Promise<void> {
  await page.getByPlaceholder("Say something to the robot…").fill(words);
  await page.keyboard.press("Enter");
}

async function reply(data: string): Promise<void> {
  await fetch(JSON.parse(data).sessionWebhook, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(hello),
  });
}
