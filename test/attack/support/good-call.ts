import { expect } from "vitest";
import { DaprdClient } from "../../support/daprd-client.ts";
import { startRobot } from "../../support/robot.ts";

/** A good client of the component gets its message to a good robot. */
export async function expectGoodCall(socket: string): Promise<void> {
  const robot = await startRobot();
  const daprd = new DaprdClient(socket, "good");
  await daprd.init({ id: "good", url: robot.url });
  await daprd.create({ msgtype: "text", text: { content: "hello" } });
  expect(robot.posts).toHaveLength(1);
}
