import { describe, expect, test } from "vitest";
import { createEntry } from "../../../sandbox/rooms/entry.ts";
import { Rooms } from "../../../sandbox/rooms/rooms.ts";

describe("Rooms", () => {
  test("forget the oldest entries, of whichever room, when all together are too large", () => {
    const robots = [{ token: "a" }, { token: "b" }];
    const rooms = new Rooms({ robots, isOpen: false, maxBytes: 100_000 });

    for (const token of ["a", "a", "b", "a", "b", "b"]) say(rooms, token);

    expect(rooms.entries().map(({ id }) => id)).toEqual(["4", "5", "6"]);
    expect(rooms.find("a")?.state(0).entryCount).toBe(1);
  });

  test("count an entry no more when it is gone", () => {
    const rooms = new Rooms({ robots: [{ token: "a" }], isOpen: false, maxBytes: 100_000 });
    for (let count = 0; count < 3; count += 1) say(rooms, "a");
    rooms.clear();

    for (let count = 0; count < 3; count += 1) say(rooms, "a");

    expect(rooms.entries().map(({ id }) => id)).toEqual(["4", "5", "6"]);
  });
});

/** Keeps an entry that takes about 31,000 bytes. */
function say(rooms: Rooms, token: string): void {
  const room = rooms.find(token);
  if (room === undefined) throw new Error(`there is no robot ${token}`);
  const attempt = {
    receivedAt: new Date(0).toISOString(),
    outcome: "accepted",
    isRepeat: false,
    errcode: 0,
    errmsg: "ok",
    explanation: null,
    fault: null,
  } as const;
  const body = Buffer.from("x".repeat(10_000));
  const facts = { kind: "message", via: "robot-send", attempt, body } as const;
  rooms.record(room, createEntry({ ...facts, id: rooms.nextId(), token }), 0);
}
