import { describe, expect, test } from "vitest";
import { Intake } from "../../src/dapr/intake.ts";
import { FakeClock } from "../support/fake-clock.ts";

const mebibyte = 1024 * 1024;

/** So many messages that have begun to arrive, and the numbers of those that were refused. */
function receiving(count: number) {
  const clock = new FakeClock();
  const read = { bytes: 500 * mebibyte };
  const refused: number[] = [];
  const intake = new Intake(clock, () => read.bytes);
  const leaves = Array.from({ length: count }, (_, index) =>
    intake.enter(() => refused.push(index)),
  );
  const receive = (mebibytes: number): void => {
    read.bytes += mebibytes * mebibyte;
    clock.advance(20);
  };
  return { clock, leaves, refused, receive };
}

describe("messages that are half received", () => {
  test("are refused beyond eight, the newest ones, once 32 MiB have come", () => {
    const { refused, receive } = receiving(11);

    receive(32);
    const before = [...refused];
    receive(1);

    expect(before).toEqual([]);
    expect(refused).toEqual([8, 9, 10]);
  });

  test.each([
    ["only eight of them", 8, 400],
    ["many small ones", 1000, 1],
  ])("are kept where there are %s", (_case, count, mebibytes) => {
    const { refused, receive } = receiving(count);

    for (let look = 0; look < 20; look += 1) receive(mebibytes / 20);

    expect(refused).toEqual([]);
  });

  test("are watched no more once they are received", () => {
    const { clock, leaves, refused, receive } = receiving(20);

    for (const leave of leaves) leave();
    receive(400);

    expect(refused).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});
