import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("metadata.yaml describes the operations that the component offers", async () => {
  const { socket } = await startComponent();
  const daprd = new DaprdClient(socket);
  await daprd.initOutput({ id: "a", url: "http://127.0.0.1:1/" });

  const offered = await daprd.operations();
  const { binding } = parse(await readFile(`${root}metadata.yaml`, "utf8"));

  const described = binding.operations.map(({ name }: { name: string }) => name);
  expect(described.toSorted()).toEqual(offered.toSorted());
});

describe("the hosts of a stream", () => {
  test.each([
    "docs/receiving.md",
    "docs/receiving.zh-CN.md",
    "docs/kubernetes.md",
    "docs/kubernetes.zh-CN.md",
    "deploy/base/network-policy.yaml",
  ])("stand in %s", async (path) => {
    const text = await readFile(root + path, "utf8");

    for (const host of [
      "api.dingtalk.com",
      "wss-open-connection.dingtalk.com",
      "wss-open-connection-union.dingtalk.com",
      "oapi.dingtalk.com",
    ]) {
      expect(text).toContain(host);
    }
  });
});
