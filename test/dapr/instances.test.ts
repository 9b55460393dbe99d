import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { invalidField } from "../../src/binding/field-readers.ts";
import type { Direction } from "../../src/dapr/binding.ts";
import { Instances } from "../../src/dapr/instances.ts";
import { keepLog } from "../support/component.ts";
import { FakeClock } from "../support/fake-clock.ts";

const type = "bindings.one";
const hour = 3_600_000;

/** All instances of a component, whose bindings only keep the url of their last Init. */
function instances() {
  const clock = new FakeClock();
  const { log, logged } = keepLog();
  const [urls, ended, closed]: [Map<object, string>, string[], string[]] = [new Map(), [], []];
  const shared: boolean[] = [];
  const all = new Instances({
    ...{ clock, log },
    component: {
      names: ["one"],
      domain: "one",
      createBinding: () => {
        const binding = {
          operations: [],
          init: ({ properties }: { properties: Readonly<Record<string, string>> }) => {
            if (properties.url === "refused") throw invalidField("url", "is wrong");
            urls.set(binding, properties.url ?? "");
          },
          invoke: async () => ({ data: Buffer.alloc(0) }),
          close: async () => void closed.push(urls.get(binding) ?? ""),
        };
        return binding;
      },
    },
    endConnection: (connection) => ended.push(connection),
    onShared: (isShared) => {
      if (isShared !== (shared.at(-1) ?? false)) shared.push(isShared);
    },
  });
  const originOf = (connection: string) => ({
    ...{ instance: "robot", componentType: type, connection },
  });
  const init = (connection: string, direction: Direction, url: string): Promise<void> =>
    all.init({ direction, properties: { url } }, originOf(connection));
  /** Loads the component as daprd does: over one connection for each direction. */
  const load = async (daprd: string, url: string): Promise<void> => {
    await init(`${daprd}-in`, "input", url);
    await init(`${daprd}-out`, "output", url);
  };
  const urlFor = (connection: string, direction: Direction = "output"): string | undefined =>
    urls.get(all.get(originOf(connection), direction).binding);
  return {
    ...{ all, clock, logged, ended, closed, shared, load, init, urlFor },
    close: (...connections: string[]) => {
      for (const connection of connections) all.closed(connection);
    },
    countReads: (connection: string, change: 1 | -1) =>
      all.countReads(originOf(connection), change),
  };
}

const ambiguous = expect.objectContaining({
  status: status.FAILED_PRECONDITION,
  labels: { reason: "ambiguous-component" },
  message: expect.stringContaining("DAPR_COMPONENTS_SOCKETS_FOLDER"),
});

describe("two daprds with one component name", () => {
  test("get each what its own connection said", async () => {
    const { load, urlFor, logged, shared } = instances();
    await load("a", "first");
    await load("b", "second");

    const urls = ["a-in", "a-out", "b-in", "b-out"].map((connection) => urlFor(connection));

    expect(urls).toEqual(["first", "first", "second", "second"]);
    expect(shared).toEqual([true]);
    expect(logged.filter(({ level }) => level === 40)).toMatchObject([
      { instances: ["robot"], msg: expect.stringMatching(/^two apps use one component name/) },
    ]);
  });

  test("share an instance while their configurations are equal", async () => {
    const { all, load, urlFor, shared } = instances();
    await load("a", "same");
    await load("b", "same");

    const [first, second] = ["a-out", "b-out"].map((connection) =>
      all.get({ instance: "robot", componentType: type, connection }, "output"),
    );

    expect(first).toBe(second);
    expect(urlFor("never seen")).toBe("same");
    expect(shared).toEqual([]);
  });

  test.each(["output", "input"] as const)("refuse an unknown connection its %s", async (way) => {
    const { load, urlFor } = instances();
    await load("a", "first");
    await load("b", "second");

    expect(() => urlFor("never seen", way)).toThrow(ambiguous);
  });

  test("refuse the next dial of a connection that was closed for idleness", async () => {
    const { load, close, clock, urlFor } = instances();
    await load("a", "first");
    clock.advance(hour);
    close("a-in", "a-out");
    await load("b", "second");

    expect(() => urlFor("a-out again")).toThrow(ambiguous);
    expect(urlFor("b-out")).toBe("second");
  });

  test("serve the other again when one has ended", async () => {
    const { load, close, urlFor, shared, closed } = instances();
    await load("a", "first");
    await load("b", "second");

    close("b-in", "b-out");

    expect(urlFor("never seen")).toBe("first");
    expect(closed).toEqual(["second"]);
    expect(shared).toEqual([true, false]);
  });

  test("keep their own when one of them loads its component again", async () => {
    const { load, close, urlFor, all } = instances();
    all.asked(type);
    await load("a", "first");
    all.asked(type);
    await load("b", "second");

    close("b-out");
    await load("b2", "third");

    expect([urlFor("a-out"), urlFor("b2-out"), urlFor("b2-in", "input")]).toEqual([
      ...["first", "third", "third"],
    ]);
  });
});

describe("one daprd", () => {
  test.each([0, hour])("gets its new configuration %i ms after the former", async (ms) => {
    const { all, load, close, clock, urlFor, shared, ended } = instances();
    all.asked(type);
    await load("a", "first");
    clock.advance(ms);

    close("a-out");
    await load("a2", "second");
    clock.advance(hour);
    close("a2-in", "a2-out");

    expect(urlFor("a-out again")).toBe("second");
    expect(urlFor("a-in again", "input")).toBe("second");
    expect(shared).toEqual([]);
    expect(ended).toEqual(["a-in"]);
  });

  test("keeps one instance over a hundred reloads", async () => {
    const { all, load, close, closed, ended } = instances();
    all.asked(type);
    await load("0", "url 0");

    for (let round = 1; round <= 100; round += 1) {
      close(`${round - 1}-out`);
      await load(`${round}`, `url ${round}`);
    }

    expect(closed).toEqual([]);
    expect(ended).toHaveLength(100);
  });

  test("is told apart from an app that still reads", async () => {
    const { all, load, close, clock, countReads, urlFor } = instances();
    all.asked(type);
    await load("a", "first");
    countReads("a-in", 1);
    clock.advance(hour);
    close("a-out");

    await load("b", "second");

    expect(urlFor("a-in", "input")).toBe("first");
    expect(() => urlFor("a-out again")).toThrow(ambiguous);
  });
});

describe("an Init that the binding refuses", () => {
  test("is logged with reason and field, without a value", async () => {
    const { all, logged } = instances();
    const origin = { instance: "robot", componentType: type, connection: "a" };

    const refused = all.init({ direction: "output", properties: { url: "refused" } }, origin);

    await expect(refused).rejects.toMatchObject({ labels: { reason: "invalid-metadata" } });
    expect(logged.filter(({ level }) => level === 50)).toMatchObject([
      {
        ...{ instance: "robot", type, direction: "output" },
        ...{ reason: "invalid-metadata", field: "url" },
        msg: "refused to load the component: metadata field url is wrong",
      },
    ]);
  });
});
