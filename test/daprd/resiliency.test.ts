import { describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startRobot } from "../support/robot.ts";
import { startDaprd } from "./support/daprd.ts";
import { startComponent } from "./support/executable.ts";
import { textMessage } from "./support/message.ts";
import { componentResource, createPlace } from "./support/place.ts";

const halfASecond = {
  apiVersion: "dapr.io/v1alpha1",
  kind: "Resiliency",
  metadata: { name: "impatient" },
  spec: {
    policies: { timeouts: { short: "500ms" } },
    targets: { components: { robot: { outbound: { timeout: "short" } } } },
  },
};

describe("a timeout policy", () => {
  test("breaks the POST to a hanging robot off", async () => {
    const brokenOff: string[] = [];
    const robot = await startRobot((response, { body }) => {
      response.on("close", () => brokenOff.push(JSON.parse(body).text.content));
    });
    const place = await createPlace();
    await place.writeResource("impatient", halfASecond);
    const metadata = { id: "robot", url: robot.url };
    await place.writeResource("robot", componentResource({ name: "robot", metadata }));
    const component = await startComponent(place);
    const daprd = await startDaprd({ place });

    const { status, text } = await daprd.create("robot", textMessage("first"));
    await eventually(() => brokenOff.length === 1 || undefined);
    await component.says("message not sent");

    expect(status).toBe(500);
    // In daprd's words or, where the component's answer is faster, in those of gRPC.
    expect(text).toMatch(/deadline exceeded/i);
    expect(brokenOff).toEqual(["first"]);
    expect(robot.posts).toHaveLength(1);
    expect(component.logged("message not sent")).toMatchObject([
      { instance: "robot", reason: expect.stringMatching(/^(timeout|cancelled)$/) },
    ]);
  });
});
