import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { startDaprd } from "./support/daprd.ts";
import { startComponent, startSandbox } from "./support/executable.ts";
import { invokeBinding } from "./support/grpc-api.ts";
import { textMessage } from "./support/message.ts";
import { componentResource, createPlace } from "./support/place.ts";
import { freePort } from "./support/ports.ts";
import { oneRobot } from "./support/setup.ts";

/** A span as OpenCensus encodes it, with bytes that are no UTF-8. */
const traceBin = Buffer.concat([
  ...[Buffer.from([0, 0]), Buffer.alloc(16, 0xfe)],
  ...[Buffer.from([1]), Buffer.alloc(8, 0xfe), Buffer.from([2, 1])],
]);

async function setUp() {
  const place = await createPlace();
  const sandbox = await startSandbox();
  await startComponent(place);
  for (const component of oneRobot(sandbox)) {
    await place.writeResource(component.name, componentResource(component));
  }
  const grpcPort = await freePort();
  await startDaprd({ place, grpcPort });
  return { sandbox, grpcPort };
}

const call = { name: "robot", operation: "create", data: textMessage("hello") };

describe("a gRPC call of an app", () => {
  test("arrives without a trace", async () => {
    const { sandbox, grpcPort } = await setUp();

    const error = await invokeBinding(grpcPort, call);

    expect(error).toBeUndefined();
    expect(await sandbox.messages("sandbox")).toHaveLength(1);
  });

  // daprd puts the bytes of the header into a map of texts. Once this test fails, daprd is mended:
  // then `doctor`, docs/errors.md and docs/migrating.md have to name the release.
  test("fails within daprd with grpc-trace-bin, up to daprd 1.18.3", async () => {
    const { sandbox, grpcPort } = await setUp();

    const error = await invokeBinding(grpcPort, { ...call, traceBin });

    expect(error).toMatchObject({
      code: status.INTERNAL,
      details: expect.stringContaining("string field contains invalid UTF-8"),
    });
    expect(await sandbox.messages("sandbox")).toEqual([]);
  });
});
