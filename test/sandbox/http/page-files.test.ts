import { once } from "node:events";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { Sandbox } from "../../../sandbox/server.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { createSandbox, send } from "../support/sandbox.ts";

describe("the page", () => {
  test.each([
    ["/", "text/html; charset=utf-8", "<p>page</p>"],
    ["/index.html", "text/html; charset=utf-8", "<p>page</p>"],
    ["/app.js", "text/javascript; charset=utf-8", "code"],
    ["/app.css", "text/css; charset=utf-8", "style"],
    ["/parts/icon.svg", "image/svg+xml", "<svg/>"],
    ["/app.js?v=1", "text/javascript; charset=utf-8", "code"],
  ])("has %s", async (path, type, content) => {
    const { sandbox } = await createSandboxWithPage();

    const response = await fetch(sandbox.url + path);

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(type);
    expect(await response.text()).toBe(content);
  });

  test.each([
    "/secret.txt",
    "/app.ts",
    "/../outside.html",
    "/..%2foutside.html",
    "/parts/../../outside.html",
    "/parts/..%5c..%5coutside.html",
    "/link.html",
    "/parts",
    "/constructor",
    "//outside.html",
    "/%00",
  ])("gives nothing else away, not %s", async (path) => {
    const { sandbox } = await createSandboxWithPage();

    const response = await ask(sandbox, { path });

    expect(response.status).toBe(404);
    expect(response.body).not.toContain("secret");
  });

  test("may load nothing from elsewhere and run no script of a message", async () => {
    const { sandbox } = await createSandboxWithPage();

    const { headers } = await fetch(sandbox.url);

    expect(headers.get("content-security-policy")?.split("; ")).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("is only read", async () => {
    const { sandbox } = await createSandboxWithPage();

    const response = await fetch(sandbox.url, { method: "POST" });

    expect(response.status).toBe(405);
  });
});

describe("the Host header", () => {
  const paths = ["/", "/api/messages", "/api/events", "/api/openapi.json"];

  test.each(paths)("of a name that was pointed here is refused for %s", async (path) => {
    const { sandbox } = await createSandboxWithPage();

    const response = await ask(sandbox, { path, headers: { Host: "evil.example:4050" } });

    expect(response.status).toBe(403);
  });

  test.each(["localhost", "LOCALHOST:1", "127.0.0.1:4050", "[::1]:80"])(
    "may be %s",
    async (Host) => {
      const { sandbox } = await createSandboxWithPage();

      const response = await ask(sandbox, { path: "/api/messages", headers: { Host } });

      expect(response.status).toBe(200);
    },
  );

  test.each(["localhost.evil.example", "127.0.0.1.evil.example", "[::1].evil", "x", "127.0.0.2"])(
    "may not be %j",
    async (Host) => {
      const { sandbox } = await createSandboxWithPage();

      const response = await ask(sandbox, { path: "/api/messages", headers: { Host } });

      expect(response.status).toBe(403);
    },
  );

  test("may be any where the sandbox is there for other machines", async () => {
    const { sandbox } = await createSandbox(undefined, { host: "0.0.0.0" });

    const response = await ask(sandbox, { path: "/api/messages", headers: { Host: "box:4050" } });

    expect(response.status).toBe(200);
  });

  test("does not matter to a sender", async () => {
    const { sandbox } = await createSandbox();

    const response = await ask(sandbox, {
      method: "POST",
      path: "/robot/send?access_token=sandbox",
      headers: { Host: "oapi.dingtalk.com", "Content-Type": "application/json" },
    });

    expect(JSON.parse(response.body)).toMatchObject({ errcode: 40035, errmsg: "缺少参数 json" });
  });
});

describe("a change through the API", () => {
  const change = { method: "DELETE", path: "/api/messages" };

  test.each([
    [{ Origin: "http://evil.example" }],
    [{ Origin: "null" }],
    [{ Origin: "http://localhost:1" }],
    [{ "Sec-Fetch-Site": "cross-site" }],
    [{ "Sec-Fetch-Site": "same-site" }],
  ])("is refused to another origin with %j", async (headers) => {
    const { sandbox } = await createSandbox();
    await send(sandbox);

    const response = await ask(sandbox, { ...change, headers });

    expect(response.status).toBe(403);
    expect(JSON.parse((await ask(sandbox, { path: "/api/messages" })).body)).toHaveLength(1);
  });

  test("is open to the page itself", async () => {
    const { sandbox } = await createSandbox();
    const headers = { Origin: sandbox.url, "Sec-Fetch-Site": "same-origin" };

    const response = await ask(sandbox, { ...change, headers });

    expect(response.status).toBe(204);
  });

  test("is refused where it has more than 1 MiB", async () => {
    const { sandbox } = await createSandbox();
    const headers = { "Content-Length": String(2 * 1024 * 1024) };

    const response = await ask(sandbox, { ...change, headers });

    expect(response.status).toBe(413);
  });
});

/** A sandbox with a page of some files, and with files beside them that must not be served. */
async function createSandboxWithPage() {
  const folder = await tempFolder();
  const pageFolder = `${folder}/page`;
  await mkdir(`${pageFolder}/parts`, { recursive: true });
  const files = {
    "page/index.html": "<p>page</p>",
    "page/app.js": "code",
    "page/app.ts": "secret",
    "page/app.css": "style",
    "page/parts/icon.svg": "<svg/>",
    "page/secret.txt": "secret",
    "outside.html": "secret",
  };
  for (const [name, content] of Object.entries(files))
    await writeFile(`${folder}/${name}`, content);
  await symlink("../outside.html", `${pageFolder}/link.html`);
  return createSandbox(undefined, { pageFolder });
}

interface Asking {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
}

/** Asks without `fetch`, which changes paths and forbids some headers. */
async function ask(
  { port }: Sandbox,
  asking: Asking,
): Promise<{ status: number | undefined; body: string }> {
  const asked = request({ host: "127.0.0.1", port, ...asking });
  asked.on("error", () => {});
  if (asking.headers?.["Content-Length"] === undefined) asked.end();
  else asked.flushHeaders();
  const [response] = await once(asked, "response");
  return { status: response.statusCode, body: await text(response) };
}
