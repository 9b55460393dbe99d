import { describe, expect, test } from "vitest";
import { useBrowser } from "./support/opened-page.ts";
import { send } from "./support/send.ts";

const open = useBrowser();

/** Texts that have run scripts in pages that trusted their input. */
const attacks = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)>",
  "<svg><script>alert(1)</script></svg>",
  "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
  "<body onload=alert(1)>",
  "<details open ontoggle=alert(1)>",
  "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
  '"><script>alert(1)</script>',
  "' onmouseover='alert(1)",
  '" autofocus onfocus=alert(1) x="',
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\tscript:alert(1)",
  "\u0001javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox(1)",
  "//evil.example/x.js",
  "[click](javascript:alert(1))",
  "[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
  "![x](javascript:alert(1))",
  '![x" onerror="alert(1)](https://evil.example/"onerror="alert(1))',
  "[<img src=x onerror=alert(1)>](https://evil.example)",
  "**<img src=x onerror=alert(1)>**",
  "> <script>alert(1)</script>",
  "# <svg/onload=alert(1)>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "&#106;avascript:alert(1)",
  "{{constructor.constructor('alert(1)')()}}",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are the attack
  "${alert(1)}",
  "<style>@import 'https://evil.example/x.css';</style>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
  "<base href=https://evil.example/>",
  "<a href=javascript:alert(1)>x</a>",
  "<form action=https://evil.example><button>x</button></form>",
  "<object data=javascript:alert(1)>",
  "</textarea><script>alert(1)</script>",
  "\u202e<script>alert(1)</script>",
  "__proto__",
  "constructor",
];

/** Messages of every type with the attack in every field. */
function messagesWith(attack: string): object[] {
  const at = { atMobiles: [attack], atUserIds: [attack], isAtAll: true };
  const button = { title: attack, actionURL: attack };
  const story = { title: attack, messageURL: attack, picURL: attack };
  return [
    { msgtype: "text", text: { content: `@${attack} ${attack}` }, at, msgUuid: attack },
    { msgtype: "link", link: { title: attack, text: attack, messageUrl: attack, picUrl: attack } },
    { msgtype: "markdown", markdown: { title: attack, text: `${attack}\n\n@${attack}` }, at },
    {
      msgtype: "actionCard",
      actionCard: { title: attack, text: attack, singleTitle: attack, singleURL: attack },
    },
    {
      msgtype: "actionCard",
      actionCard: { title: attack, text: attack, btnOrientation: attack, btns: [button, button] },
    },
    { msgtype: "feedCard", feedCard: { links: [story, story] } },
    { msgtype: attack, [attack]: { content: attack } },
    { msgtype: "text", [attack]: attack },
  ];
}

const watch = `
  window.ran = [];
  for (const name of ["alert", "confirm", "prompt", "msgbox"]) {
    window[name] = (...words) => window.ran.push([name, ...words]);
  }
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    window.ran.push([violatedDirective, blockedURI]),
  );`;

/** Nodes that the page's own code never makes, and links that no browser should follow. */
const foreignNodes = `
  [...document.querySelectorAll("body *")].filter((node) => {
    const isForeign = node.matches(
      "script, iframe, object, embed, style, link, meta, base, math, body body, " +
      "details:not(.also-mention), img:not([src='icon.svg']), svg script",
    );
    const hasHandler = node.getAttributeNames().some((name) => name.startsWith("on") || name === "style");
    const href = node.getAttribute("href") ?? "#";
    const isUnsafe = !/^(#|\\/api\\/|https?:|dingtalk:|mailto:)/.test(href);
    return isForeign || hasHandler || isUnsafe;
  }).map((node) => node.outerHTML)`;

describe("a hostile message", () => {
  test("runs no script in any field of any type", async () => {
    const robots = [{ token: "sandbox", messagesPerMinute: 100_000 }];
    const { sandbox, page } = await open({ robots, hash: "#/nowhere" });
    const dialogs: string[] = [];
    const requests: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    page.on("request", (request) => requests.push(request.url()));
    await page.addInitScript(watch);
    await page.goto(`${sandbox.url}/#/sandbox`);
    await page.reload();

    for (const attack of attacks) {
      for (const message of messagesWith(attack)) await send(sandbox, message);
      await send(sandbox, attack);
    }
    await send(sandbox, { msgtype: "text", text: { content: "the last one" } });
    await page.locator(".bubble", { hasText: "the last one" }).waitFor();
    await page.getByRole("searchbox").fill("alert");
    await page.getByText(/messages found/).waitFor();
    for (let screen = 0; screen < 12; screen += 1) {
      await page.evaluate("document.getElementById('log').scrollTop = 0");
      await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
    }

    const drawn = await page.locator(".entry").count();
    await page.getByRole("button", { name: "In all rooms" }).click();
    await page.locator(".result").first().waitFor();

    expect(drawn).toBeGreaterThan(150);
    expect(await page.evaluate("window.ran")).toEqual([]);
    expect(await page.evaluate(foreignNodes)).toEqual([]);
    expect(dialogs).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(sandbox.url))).toEqual([]);
  });

  test("runs no script in its details", async () => {
    const { sandbox, page } = await open({
      robots: [{ token: "sandbox", messagesPerMinute: 1000 }],
    });
    await page.addInitScript(watch);
    await page.reload();
    const attack = "<img src=x onerror=alert(1)>";
    for (const message of messagesWith(attack)) {
      await send(sandbox, message, {
        query: `&x=${encodeURIComponent(attack)}`,
        headers: { "x-evil": attack },
      });
    }

    for (const details of await page.getByRole("link", { name: "Details" }).all()) {
      await details.click();
      for (const tab of await page.getByRole("tab").all()) await tab.click();
      await page.keyboard.press("Escape");
    }

    expect(await page.evaluate("window.ran")).toEqual([]);
    expect(await page.evaluate(foreignNodes)).toEqual([]);
  });

  test("runs no script through what a robot is set to", async () => {
    const attack = '"><img src=x onerror=alert(1)>';
    const { sandbox, page } = await open({
      robots: [{ token: attack, keywords: [attack] }],
      hash: "",
    });
    await page.addInitScript(watch);
    await page.reload();
    await send(sandbox, { msgtype: "text", text: { content: attack } }, { token: attack });
    await page.locator(".entry").waitFor();
    await send(sandbox, { msgtype: "text" }, { token: `unknown ${attack}` });
    await page.getByText(`Unknown token unknown ${attack}`).waitFor();

    await page.getByRole("button", { name: "Rules" }).click();

    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(attack);
    expect(await page.evaluate("window.ran")).toEqual([]);
    expect(await page.evaluate(foreignNodes)).toEqual([]);
  });
});
