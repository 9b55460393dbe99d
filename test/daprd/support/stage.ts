import { type Daprd, type DaprdOptions, startDaprd } from "./daprd.ts";
import { type Component, type Sandbox, startComponent, startSandbox } from "./executable.ts";
import { type ComponentOptions, componentResource, createPlace, type Place } from "./place.ts";

export interface Stage {
  readonly place: Place;
  readonly sandbox: Sandbox;
  readonly component: Component;
  readonly daprd: Daprd;
}

/** The robots of a sandbox, our process and a daprd that has loaded these components from it. */
export async function startStage(
  components: (sandbox: Sandbox) => ComponentOptions[],
  options: Omit<DaprdOptions, "place"> = {},
): Promise<Stage> {
  const place = await createPlace();
  const sandbox = await startSandbox();
  const component = await startComponent(place);
  for (const declared of components(sandbox)) {
    await place.writeResource(declared.name, componentResource(declared));
  }
  const daprd = await startDaprd({ place, ...options });
  return { place, sandbox, component, daprd };
}

/** One component named `robot` that sends to the robot `sandbox` and reads without being asked. */
export function oneRobot(sandbox: Sandbox): ComponentOptions[] {
  const url = sandbox.url("sandbox");
  return [{ name: "robot", metadata: { id: "robot", url, direction: "input, output" } }];
}
