import { describe, expect, test } from "vitest";
import { checkComponent } from "../../../src/commands/doctor/components.ts";
import { checkNames } from "../../../src/commands/doctor/names.ts";
import { parseResources } from "../../../src/commands/doctor/resources.ts";

const head = "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: robot}";
const url = "http://127.0.0.1/robot/send?access_token=t";
const fields = `[{name: id, value: a}, {name: url, value: "${url}"}, {name: direction, value: output}]`;
const spec = `spec: {type: bindings.dingtalk.webhook, version: v1, metadata: ${fields}}`;

async function findingsOf(text: string) {
  const { components, findings } = await parseResources("a.yaml", text);
  return [
    ...findings,
    ...components.flatMap((found) => [...checkComponent(found, ["dingtalk.webhook"])]),
  ];
}

function withField(field: string): string {
  return `${head}\n${spec.replace("]}", `, ${field}]}`)}`;
}

describe("the doctor on the form of a component", () => {
  test.each([
    [`${head}\n${spec}`],
    [`${head}\n${spec}\nscopes: [app]\nauth: {secretStore: vault}`],
    [`APIVERSION: dapr.io/v1alpha1\nKind: Component\nMetadata: {Name: robot}\n${spec}`],
    [withField("{Name: retries, VALUE: 1}")],
    [`${head}\n${spec.replace("version: v1", "ignoreErrors: yes")}\nscopes:\nauth:`],
    [`# ${"x".repeat(2 ** 15)}\n---\n${head}\n${spec}\n# ${"x".repeat(2 ** 15)}`],
    [
      `x: &name {name: robot}\n---\n${head}\n${spec.replace("version: v1", "version: v1, ignoreErrors: true")}`,
    ],
    [`${head.replace("{name: robot}", "{labels: {a: b}, <<: {name: robot}}")}\n${spec}`],
  ])("finds nothing wrong with %j", async (text) => {
    const findings = await findingsOf(text);

    expect(findings).toMatchObject([{ check: "component", level: "ok" }]);
  });

  test.each([
    ["kind", "write kind: Component", `${head.replace("Component", "component")}\n${spec}`],
    ["kind", "write kind: Component", `${head.replace("kind: Component\n", "")}\n${spec}`],
    ["kind", "write apiVersion", `${head.replace("v1alpha1", "v1")}\n${spec}`],
    ["kind", "write apiVersion", `${head.replace("apiVersion: dapr.io/v1alpha1\n", "")}\n${spec}`],
    ["unknown-key", "did you mean value?", withField("{name: secret, vale: SEC1}")],
    [
      "unknown-key",
      "did you mean secretKeyRef?",
      withField("{name: secret, secretRef: {name: a}}"),
    ],
    ["unknown-key", "move it to auth", withField("{name: secret, secretStore: a}")],
    [
      "unknown-key",
      "move it to the document",
      `${head}\n${spec.replace("version: v1", "auth: {}")}`,
    ],
    ["unknown-key", "remove it", withField("{name: secret, content: SEC1}")],
    ["unknown-key", "did you mean scopes?", `${head}\n${spec}\nscope: [app]`],
    ["unknown-key", "did you mean secretStore?", `${head}\n${spec}\nauth: {secretStores: a}`],
    [
      "yaml",
      "daprd skips it",
      `${head}\nspec: {type: bindings.dingtalk.webhook, metadata: {id: a}}`,
    ],
    ["yaml", "daprd skips it", withField("text")],
    ["yaml", "daprd skips it", withField("{name: secret, secretKeyRef: robots}")],
    ["yaml", "daprd skips it", withField("{name: [secret], value: SEC1}")],
    ["yaml", "daprd skips it", `${head}\n${spec}\nscopes: app`],
    ["yaml", "daprd skips it", `${head}\n${spec}\nauth: vault`],
    ["yaml", "daprd skips it", `${head}\n${spec}\nscopes: [5]`],
    ["yaml", "daprd skips it", `${head}\n${spec.replace("version: v1", 'ignoreErrors: "true"')}`],
    [
      "yaml",
      "daprd takes the last",
      `${head}\n${spec.replace("version: v1", "version: v2, version: v1")}`,
    ],
    ["yaml", "shorten it", `${head}\n${spec}\n# ${"x".repeat(2 ** 16)}`],
    ["type", "write bindings", `${head}\n${spec.replace("bindings.", "Bindings.")}`],
    ["type", "write type", `${head}\n${spec.replace("type: bindings.dingtalk.webhook, ", "")}`],
    ["type", "use one of", `${head}\n${spec.replace("bindings.dingtalk", "binding.dingtalk")}`],
  ])("has a problem %s, cured by %j", async (check, remedy, text) => {
    const findings = await findingsOf(text);

    expect(findings).toContainEqual({
      check,
      level: "problem",
      message: expect.stringMatching(/./),
      remedy: expect.stringContaining(remedy),
    });
  });

  test.each([
    ["the name of a field", withField(`{name: "${url}", value: x}`)],
    ["a key", withField(`{name: secret, "${url}": x}`)],
    ["a kind", `${head.replace("Component", `SEC${"0a".repeat(32)}`)}\n${spec}`],
    [
      "a type",
      `${head}\n${spec.replace("type: bindings.dingtalk.webhook", `type: "bindings.dingtalk.${url}"`)}`,
    ],
  ])("does not show a value in the place of %s", async (_place, text) => {
    const findings = await findingsOf(text);

    expect(findings.filter(({ level }) => level === "problem")).not.toEqual([]);
    expect(JSON.stringify(findings)).not.toMatch(/access_token|0a0a/i);
  });

  test("warns of a key that is nobody's", async () => {
    const findings = await findingsOf(`${head}\n${spec}\nx-owner: ops`);

    expect(findings).toMatchObject([{ check: "unknown-key", level: "warning" }]);
  });

  test.each([
    "kind: Service\nspec: {type: LoadBalancer}",
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component",
    "kind: Resiliency\nspec: {}",
    "",
    "text",
  ])("passes %j over", async (text) => {
    const { components, findings } = await parseResources("a.yaml", text);

    expect({ components, findings }).toEqual({ components: [], findings: [] });
  });
});

describe("the doctor on the names of components", () => {
  test.each([
    [["a", "b"], 0],
    [["a", "a"], 1],
    [["", "a"], 1],
    [["a/b"], 1],
    [["a%b"], 1],
    [[".."], 1],
  ])("has with %j so many problems: %i", async (names, count) => {
    const texts = names.map((name) => `${head.replace("robot", JSON.stringify(name))}\n${spec}`);
    const { components } = await parseResources("a.yaml", texts.join("\n---\n"));

    const findings = [...checkNames(components)];

    expect(findings.map(({ check, level }) => `${check} ${level}`)).toEqual(
      Array.from({ length: count }, () => "name problem"),
    );
  });

  test("lets two apps have one name", async () => {
    const texts = ["a", "b"].map((app) => `${head}\n${spec}\nscopes: [${app}]`);
    const { components } = await parseResources("a.yaml", texts.join("\n---\n"));

    const findings = [...checkNames(components)];

    expect(findings).toEqual([]);
  });
});
