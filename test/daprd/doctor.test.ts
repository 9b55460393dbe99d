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
});
