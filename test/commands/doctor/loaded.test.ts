import { describe, expect, test } from "vitest";
import { ourComponents } from "../../../src/commands/doctor/components.ts";
import type { RunningDaprd } from "../../../src/commands/doctor/daprd.ts";
import { checkLoaded, loadedByDaprd } from "../../../src/commands/doctor/loaded.ts";
import { parseResources } from "../../../src/commands/doctor/resources.ts";

const type = "bindings.dingtalk.webhook";
const plan = { folder: "/s", names: ["dingtalk.webhook"], mode: 0o666 };
const running: RunningDaprd = {
  port: 3500,
  apiToken: "",
  appId: "app",
  version: "1.19.0",
  components: [{ name: "robot", type }],
  hasAppPort: true,
};

/** What the doctor says of a daprd beside the YAML of the component `robot`. */
async function compare(
  daprd: Partial<RunningDaprd>,
  { direction = "output", scopes = "[]", is = type, receive = "get" } = {},
) {
  const text = `kind: Component\nmetadata: {name: robot}\nscopes: ${scopes}\nspec: {type: ${is}, metadata: [{name: direction, value: "${direction}"}, {name: receive, value: ${receive}}]}`;
  const { components } = await parseResources("a.yaml", text);
  const all = { ...running, ...daprd };
  return [...checkLoaded(all, loadedByDaprd(all, plan), ourComponents(components, plan.names))];
}

describe("the doctor on what daprd has loaded", () => {
  test.each([
    [{}, {}],
    [{ hasAppPort: false }, {}],
    [{}, { direction: "input" }],
    [{}, { direction: "input", receive: "stream" }],
    [{}, { scopes: "[app]" }],
    [{}, { is: "Bindings.DingTalk.Webhook" }],
    [{ components: [...running.components, { name: "store", type: "state.redis" }] }, {}],
  ])("finds nothing wrong with %j and %j", async (daprd, yaml) => {
    const findings = await compare(daprd, yaml);

    expect(findings).toEqual([]);
  });

  test.each([
    ["loaded", "problem", { components: [] }, {}],
    ["loaded", "problem", { components: [{ name: "robot", type: "state.redis" }] }, {}],
    ["loaded", "problem", { components: [] }, { scopes: "[app]" }],
    ["loaded", "problem", {}, { is: "bindings.alicloud.dingtalk.webhook" }],
    ["loaded", "warning", { components: [] }, { scopes: "[other]" }],
    ["app-port", "problem", { hasAppPort: false }, { direction: "input" }],
    ["app-port", "warning", { hasAppPort: false }, { direction: "Input, output" }],
    ["app-port", "problem", { hasAppPort: false }, { direction: "input, output", receive: "http" }],
    ["app-port", "problem", { hasAppPort: false }, { direction: "", receive: "Stream" }],
  ])("reports %s as %s with %j and %j", async (check, level, daprd, yaml) => {
    const findings = await compare(daprd, yaml);

    expect(findings).toMatchObject([{ check, level }]);
  });

  test("warns of a component of daprd's that the YAML lacks", async () => {
    const other = { name: "other", type };

    const findings = await compare({ components: [...running.components, other] });

    expect(findings).toMatchObject([
      { level: "warning", message: "daprd has loaded other, which no YAML of --resources defines" },
    ]);
  });

  test.each([
    [[], ["warning"]],
    [running.components, []],
  ])("without YAML and with %j says %j", (components, levels) => {
    const findings = [...checkLoaded({ ...running, components }, components, undefined)];

    expect(findings.map(({ level }) => level)).toEqual(levels);
  });
});
