import { describe, expect, test } from "vitest";
import { useBrowser } from "./support/opened-page.ts";
import { send, text } from "./support/send.ts";

const open = useBrowser();

describe("the details of a message", () => {
  test("show it drawn, as raw JSON, as a request and with its attempts", async () => {
    const { sandbox, page } = await open();
    await send(sandbox, { ...text("look closer"), msgUuid: "u-1" });
    await send(sandbox, { ...text("look closer"), msgUuid: "u-1" });
    await page.getByText("sent 2 times, shown once").waitFor();

    await page.getByRole("link", { name: "Details" }).click();
    const panel = page.getByRole("tabpanel");
    await page.getByRole("tab", { name: "Drawn" }).click();
    const drawn = await panel.textContent();
    await page.getByRole("tab", { name: "Raw JSON" }).click();
    const raw = await panel.textContent();
    await page.getByRole("tab", { name: "Request" }).click();
    const request = await panel.textContent();
    await page.getByRole("tab", { name: "Attempts" }).click();
    const attempts = await panel.textContent();

    expect(drawn).toContain('{"errcode":0,"errmsg":"ok"}');
    expect(raw).toContain('"content": "look closer"');
    expect(request).toContain("/robot/send");
    expect(attempts).toContain("Request 2");
    expect(attempts).toContain("u-1");
  });

  test.each([
    ["Raw JSON", 1],
    ["Attempts", 2],
  ])("open on %s, which the room does not show, after %i requests", async (tab, count) => {
    const { sandbox, page } = await open();
    const message = { ...text("look closer"), msgUuid: "u-1" };
    for (let sent = 0; sent < count; sent += 1) await send(sandbox, message);

    await page.getByRole("link", { name: "Details" }).click();

    await page.getByRole("tab", { name: tab, selected: true }).waitFor();
  });

  test("keep the tab that was chosen for the next message", async () => {
    const { sandbox, page } = await open();
    await send(sandbox, text("first"));
    await send(sandbox, text("second"));
    await page.getByRole("link", { name: "Details" }).first().click();
    await page.getByRole("tab", { name: "Request" }).click();

    await page.getByRole("link", { name: "Details" }).last().click();

    await page.getByRole("heading", { name: "Message 2" }).waitFor();
    await page.getByRole("tab", { name: "Request", selected: true }).waitFor();
  });

  test("give way to another room", async () => {
    const { sandbox, page } = await open({ robots: [{ token: "sandbox" }, { token: "other" }] });
    await send(sandbox, text("hello"));
    await page.getByRole("link", { name: "Details" }).click();
    await page.getByRole("tabpanel").waitFor();

    await page.getByRole("navigation").getByRole("link", { name: "other" }).click();

    await page.getByRole("heading", { name: "other", exact: true }).waitFor();
    expect(page.url()).toMatch(/#\/other$/);
    expect(await page.getByRole("tabpanel").count()).toBe(0);
  });

  test("hide secrets until they are asked for", async () => {
    const { sandbox, page } = await open({ robots: [{ token: "s3cret-token" }], hash: "" });
    await send(sandbox, text("hello"), { token: "s3cret-token" });
    await page.getByRole("link", { name: "Details" }).click();
    await page.getByRole("tab", { name: "Request" }).click();
    const row = page.getByRole("row", { name: "access_token" });
    const masked = await row.textContent();

    await page.getByRole("button", { name: "Show secrets" }).click();

    expect(masked).not.toContain("s3cret-token");
    await row.getByText("s3cret-token").waitFor();
  });

  test("copy as a curl command that sends the message again", async () => {
    const { sandbox, page } = await open();
    await send(sandbox, text("it's me"));
    await page.getByRole("link", { name: "Details" }).click();

    await page.getByRole("button", { name: "Copy as curl" }).last().click();

    await page.getByText("Copied").waitFor();
    const command = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(command).toContain(`${sandbox.url}/robot/send?access_token=sandbox`);
    expect(command).toContain("it'\\''s me");
  });

  test("open from a link to the message", async () => {
    const { sandbox, page } = await open();
    await send(sandbox, text("linked"));
    await page.getByRole("link", { name: "Details" }).click();
    const address = page.url();
    const other = await page.context().newPage();

    await other.goto(address);

    await other.getByRole("tabpanel").getByText("linked").waitFor();
    expect(address).toMatch(/#\/sandbox\/\d+$/);
  });

  test("say so when the message is gone", async () => {
    const { page } = await open({ hash: "#/sandbox/999" });

    await page.getByText("No such message").waitFor();

    expect(await page.getByRole("tab").count()).toBe(0);
  });
});
