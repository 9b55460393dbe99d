import { describe, expect, test } from "vitest";
import { useBrowser } from "./support/opened-page.ts";
import { send, text } from "./support/send.ts";

const open = useBrowser();
const hello = text("hello");

describe("the rules of a robot", () => {
  test("set on the page judge the next message", async () => {
    const { sandbox, page } = await open();
    await page.getByRole("button", { name: "Rules" }).click();
    await page.getByLabel("Keywords").fill("alert, 告警");
    await page.getByLabel("Style of error texts").selectOption("a");

    await page.getByRole("button", { name: "Save" }).click();

    await page.getByText("Saved").waitFor();
    const refused = { errcode: 310000, errmsg: "keywords not in content" };
    expect(await send(sandbox, hello)).toEqual(refused);
    expect(await send(sandbox, text("告警"))).toMatchObject({ errcode: 0 });
  });

  test("take a secret, and show it when asked to", async () => {
    const { sandbox, page } = await open();
    await page.getByRole("button", { name: "Rules" }).click();
    await page.getByLabel("Ask for a signature").check();
    await page.getByLabel("Secret", { exact: true }).fill("SECnew");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved").waitFor();
    await page.getByRole("button", { name: "Rules" }).click();

    await page.getByRole("button", { name: "Show", exact: true }).click();

    await expect.poll(() => page.getByLabel("Secret", { exact: true }).inputValue()).toBe("SECnew");
    expect(await send(sandbox, hello)).toMatchObject({ errcode: 310000 });
  });

  test("say why a value is refused", async () => {
    const { page } = await open();
    await page.getByRole("button", { name: "Rules" }).click();
    await page.getByLabel("Allowed IPs").fill("not an address");

    await page.getByRole("button", { name: "Save" }).click();

    await page.getByText(/^That did not work: /).waitFor();
    expect(await page.locator(".form-failed").count()).toBe(1);
  });
});

describe("the faults of a robot", () => {
  test("set on the page hit the next requests and count down", async () => {
    const { sandbox, page } = await open();
    await page.getByRole("button", { name: "Faults" }).click();
    await page.getByRole("spinbutton", { name: "errcode" }).fill("-1");
    await page.getByRole("spinbutton", { name: "How often" }).fill("2");
    await page.getByRole("button", { name: "Set a fault" }).click();
    await page.getByText("the next 2").waitFor();

    const answer = await send(sandbox, hello);

    expect(answer).toMatchObject({ errcode: -1 });
    await page.getByText("the next 1").waitFor();
    await page.locator(".entry-faulted .note-fault").waitFor();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByText("No faults").waitFor();
    expect(await send(sandbox, hello)).toMatchObject({ errcode: 0 });
  });

  test("take an effect with its own number, for a share of requests", async () => {
    const { sandbox, page } = await open();
    await page.getByRole("button", { name: "Faults" }).click();
    await page.getByLabel("What happens").selectOption("http-status");
    await page.getByRole("spinbutton", { name: "HTTP status" }).fill("502");
    await page.getByRole("combobox", { name: "How often" }).selectOption("share");
    await page.getByRole("spinbutton", { name: "How often" }).fill("100");

    await page.getByRole("button", { name: "Set a fault" }).click();

    await page.getByText("100 % of all").waitFor();
    const response = await fetch(`${sandbox.url}/robot/send?access_token=sandbox`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(hello),
    });
    expect(response.status).toBe(502);
  });
});
