import { type Daprd, type DaprdOptions, startDaprd } from "./daprd.ts";
import { type Component, type Sandbox, startComponent, startSandbox } from "./executable.ts";
import { type ComponentOptions, componentResource, createPlace, type Place } from "./place.ts";

/** A daprd with components from our process, which sends to a sandbox. */
export interface Setup {
  readonly place: Place;
  readonly sandbox: Sandbox;
  readonly component: Component;
  readonly daprd: Daprd;
}

/** How daprd and our process are started. */
export interface SetupOptions extends Omit<DaprdOptions, "place"> {
  /** The environment of our process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a sandbox, our process, and a daprd that loads these components from our process. */
export async function startSetup(
  components: (sandbox: Sandbox) => ComponentOptions[],
  { env, ...options }: SetupOptions = {},
): Promise<Setup> {
  const place = await createPlace();
  const sandbox = await startSandbox();
  const component = await startComponent(place, env);
  for (const declared of components(sandbox)) {
    await place.writeResource(declared.name, componentResource(declared));
  }
  const daprd = await startDaprd({ place, ...options });
  return { place, sandbox, component, daprd };
}

/** One component named `robot`, for both directions, that sends to the robot `sandbox`. */
export function oneRobot(sandbox: Sandbox): ComponentOptions[] {
  const url = sandbox.url("sandbox");
  return [{ name: "robot", metadata: { id: "robot", url, direction: "input, output" } }];
}
