import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { examine } from "../commands/doctor/support/examine.ts";
import { spawnDaprd } from "./support/daprd.ts";
import { startComponent, startSandbox } from "./support/executable.ts";
import { componentResource, createPlace, type Place } from "./support/place.ts";
import { freePort } from "./support/ports.ts";
import { oneRobot } from "./support/setup.ts";

async function placeOfOneRobot(): Promise<{ place: Place }> {
  const place = await createPlace();
  for (const component of oneRobot(await startSandbox())) {
    await place.writeResource(component.name, componentResource(component));
  }
  return { place };
}

async function startDaprdOn({ place }: { place: Place }): Promise<{ port: string }> {
  const port = await freePort();
  const daprd = await spawnDaprd({ place }, port);
  await daprd.says("dapr initialized. Status: Running");
  return { port: String(port) };
}

function examineAll({ place, port }: { place: Place; port: string }) {
  return examine({ DAPR_COMPONENTS_SOCKETS_FOLDER: place.sockets }, [
    ...["--resources", place.resources],
    ...["--dapr-http-port", port],
  ]);
}

/** Components that daprd does not load, and says little or nothing of. */
async function placeOfLostComponents() {
  const place = await createPlace();
  const metadata = { id: "robot", url: (await startSandbox()).url("sandbox") };
  const lower = componentResource({ name: "lower", metadata });
  const secrets = `${place.folder}/secrets.json`;
  await writeFile(secrets, '{"robots": {"url": "http://127.0.0.1/"}}');
  const type = "secretstores.local.file";
  const local = componentResource({ name: "local", type, metadata: { secretsFile: secrets } });
  await place.writeResource("local", local);
  await place.writeResource("lower", { ...lower, kind: "component" });
  await place.writeResource("no-store", withReference("no-store"));
  await place.writeResource("waiting", withReference("waiting", "vault"));
  await place.writeResource("no-key", withReference("no-key", "local"));
  return { place, metadata };
}

/** A component whose url comes from a secret store. daprd goes on if it cannot be loaded. */
function withReference(name: string, secretStore?: string): object {
  const metadata = [
    { name: "id", value: name },
    { name: "url", secretKeyRef: { name: "robots", key: "url" } },
    { name: "direction", value: "output" },
  ];
  const spec = { type: "bindings.dingtalk.webhook", version: "v1", ignoreErrors: true, metadata };
  return {
    ...componentResource({ name, metadata: {} }),
    spec,
    ...(secretStore !== undefined && { auth: { secretStore } }),
  };
}

describe("the doctor beside a real daprd", () => {
  test("sees that daprd has the component from dingtalk-webhook", async () => {
    const { place } = await placeOfOneRobot();
    await startComponent(place);
    const { port } = await startDaprdOn({ place });

    const { exit, of } = await examineAll({ place, port });

    expect(exit).toBe(0);
    expect(of("daprd")).toMatchObject([
      { level: "ok", message: expect.stringMatching(/^daprd \d+\.\d+\.\d+ runs the app test$/) },
    ]);
    expect(of("served-by")).toMatchObject([{ level: "ok" }]);
  });

  test("sees that daprd, started first, serves it itself", async () => {
    const { place } = await placeOfOneRobot();
    const { port } = await startDaprdOn({ place });
    await startComponent(place);

    const { exit, problems } = await examineAll({ place, port });

    expect({ exit, problems }).toEqual({ exit: 1, problems: ["served-by"] });
  });

  test("names what daprd passes over or leaves empty, and why", async () => {
    const { place, metadata } = await placeOfLostComponents();
    const input = { name: "reader", metadata: { ...metadata, direction: "input" } };
    await place.writeResource("reader", componentResource(input));
    await startComponent(place);
    const { port } = await startDaprdOn({ place });

    const { findings } = await examineAll({ place, port });

    const problems = findings.filter(({ level }) => level === "problem");
    expect(problems.map(({ check, message }) => `${check} ${message}`).sort()).toEqual([
      expect.stringMatching(/^app-port reader .* no port of the app/),
      "kind lower has the kind component, so daprd passes it over",
      "loaded daprd runs without lower, which the YAML has",
      "loaded daprd runs without no-key, which the YAML has",
      "loaded daprd runs without no-store, which the YAML has",
      "loaded daprd runs without waiting, which the YAML has",
      expect.stringMatching(/^secret-store daprd has not loaded the secret store vault of waiting/),
      expect.stringMatching(/^secret-store no-store has a secretKeyRef and no auth/),
      "secret-store the store local lacks url of robots, so url of no-key stays empty",
    ]);
  });
});
