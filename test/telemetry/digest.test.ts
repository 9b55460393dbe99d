import { describe, expect, test } from "vitest";
import type { SendWatch } from "../../src/telemetry/watch.ts";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { startRobot } from "../support/robot.ts";

const message = (content: string) => ({ msgtype: "text", text: { content } });

describe("a digest", () => {
  test("is watched as the POST of its first message and as a wait of each message", async () => {
    const robot = await startRobot();
    const told: string[] = [];
    // The traceparent serves as the name of the call.
    const watch = (call = ""): SendWatch => ({
      waits: () => () => void told.push(`${call} waited`),
      posts: () => () => void told.push(`${call} posted`),
      repeats: () => {},
      suppressed: () => {},
      ends: () => void told.push(`${call} ended`),
    });
    const { socket, clock, status } = await startComponent({
      telemetry: { watch: ({ traceparent }) => watch(traceparent) },
    });
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "a", url: robot.url, messagesPerMinute: "1", overflow: "digest" });
    const create = async (name: string): Promise<void> => {
      await daprd.create(message(name), { metadata: { traceparent: name } });
    };
    await create("1st");
    told.length = 0;
    const second = create("2nd");
    await eventually(() => status()[0]?.queueLength === 1 || undefined);
    const third = create("3rd");
    await eventually(() => status()[0]?.queueLength === 2 || undefined);

    clock.advance(60_000);
    await Promise.all([second, third]);

    const wait = (call: string): string[] => told.filter((line) => line === `${call} waited`);
    expect(told.filter((line) => line.endsWith("posted"))).toEqual(["2nd posted"]);
    expect(wait("2nd").length).toBeGreaterThan(0);
    expect(wait("3rd").length).toBeGreaterThan(0);
    expect(told.indexOf("3rd waited")).toBeLessThan(told.indexOf("2nd posted"));
    expect(robot.posts).toHaveLength(2);
  });
});
