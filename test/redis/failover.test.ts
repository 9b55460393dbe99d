import { connect as connectSocket, createServer, type Socket } from "node:net";
import { status } from "@grpc/grpc-js";
import { describe, expect, onTestFinished, test } from "vitest";
import { createScript } from "../../src/delivery/redis/redis-script.ts";
import { freePort } from "../daprd/support/ports.ts";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { startRobot } from "../support/robot.ts";
import { createCluster } from "./support/redis-cluster.ts";
import { connectTo, everything, startNode } from "./support/redis-server.ts";

const writing = createScript(`
redis.call('SET', KEYS[1], '1', 'PX', 60000)
return 'written'
`);
const textOf = (content: string) => ({ msgtype: "text", text: { content } });

/** A name for whichever node is the primary: new connections go to the port that it leads to now. */
async function startService(port: number) {
  const sockets = new Set<Socket>();
  let target = port;
  const own = await freePort();
  const server = createServer((socket) => {
    const onward = connectSocket(target, "127.0.0.1");
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {}).on("close", () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: own,
    leadTo: (other: number) => {
      target = other;
    },
  };
}

describe("a primary that becomes a replica of another node", () => {
  test("is left for the node to which its name leads now", async () => {
    const [former, next] = [await startNode(), await startNode()];
    const service = await startService(former.port);
    const { redis, texts } = connectTo({ port: service.port, nodes: [] });
    await eventually(async () => await redis.run(writing, ["dingtalk:a"], {}));

    await former.command("REPLICAOF", "127.0.0.1", `${next.port}`);
    service.leadTo(next.port);
    const refused = await redis.run(writing, ["dingtalk:a"], {});
    await eventually(() => !redis.isAway);
    const written = await redis.run(writing, ["dingtalk:a"], {});

    expect([refused, written]).toEqual([undefined, "written"]);
    expect(await next.command("GET", "dingtalk:a")).toBe("1");
    expect(texts()).toEqual([
      "Redis is away, this replica keeps the limits alone",
      "Redis is back, the limits are shared again",
    ]);
  });

  test("costs no message, and the budget is kept at the new primary", async () => {
    const [former, next] = [await startNode(), await startNode()];
    await next.command("REPLICAOF", "127.0.0.1", `${former.port}`);
    await eventually(async () => String(await next.command("ROLE")).includes("connected"));
    const service = await startService(former.port);
    const robot = await startRobot();
    const component = await startComponent();
    const daprd = new DaprdClient(component.socket);
    const redisHost = `127.0.0.1:${service.port}`;
    await daprd.init({
      ...{ id: "a", url: robot.url, redisHost },
      ...{ messagesPerMinute: "3", maxWait: "0" },
    });
    await daprd.create({ ...textOf("one"), msgUuid: "1" });
    await eventually(async () => /state\W+sent/.test((await everything(next)).text));

    await next.command("REPLICAOF", "NO", "ONE");
    await former.command("REPLICAOF", "127.0.0.1", `${next.port}`);
    service.leadTo(next.port);
    await daprd.create({ ...textOf("two"), msgUuid: "2" });
    const isBack = ({ msg }: Record<string, unknown>) =>
      msg === "Redis is back, the limits are shared again";
    await eventually(() => component.logged.some(isBack));
    for (const msgUuid of ["1", "2", "3"]) await daprd.create({ ...textOf("more"), msgUuid });
    const over = daprd.create({ ...textOf("four"), msgUuid: "4" });

    await expect(over).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(robot.posts).toHaveLength(3);
  });
});

test("a Redis whose scripts are flushed learns them again, and a message is sent once", async () => {
  const server = await startNode();
  const robot = await startRobot();
  const component = await startComponent();
  const daprd = new DaprdClient(component.socket);
  await daprd.init({ id: "a", url: robot.url, redisHost: `127.0.0.1:${server.port}` });
  await daprd.create({ ...textOf("one"), msgUuid: "1" });

  await server.command("SCRIPT", "FLUSH");
  await daprd.create({ ...textOf("two"), msgUuid: "2" });
  await server.command("SCRIPT", "FLUSH");
  for (const msgUuid of ["1", "2"]) await daprd.create({ ...textOf("again"), msgUuid });

  expect(robot.posts).toHaveLength(2);
  expect(component.logged.filter(({ level }) => Number(level) > 30)).toEqual([]);
});

test("a cluster whose primary hands over to its replica goes on, and a message is sent once", async () => {
  const nodes = await createCluster({ hasReplica: true });
  onTestFinished(async () => {
    for (const node of nodes) await node.remove();
  });
  const [first, , , follower] = nodes;
  const robot = await startRobot();
  const component = await startComponent();
  const daprd = new DaprdClient(component.socket);
  const redisHost = `127.0.0.1:${first?.port}`;
  // Each id has its own records, so that they lie at all nodes.
  const urls = [..."abcdef"].map((name) => robot.url.replace("token-1", name));
  const daprds = urls.map((_url, n) =>
    n === 0 ? daprd : new DaprdClient(component.socket, `${n}`),
  );
  for (const [n, url] of urls.entries()) await daprds[n]?.init({ id: `${n}`, url, redisHost });
  for (const one of daprds) await one.create({ ...textOf("one"), msgUuid: "1" });

  await follower?.command("CLUSTER", "FAILOVER", "FORCE");
  await eventually(async () => String(await follower?.command("ROLE")).startsWith("master"));
  for (const one of daprds) await one.create({ ...textOf("two"), msgUuid: "2" });
  for (const one of daprds) await one.create({ ...textOf("again"), msgUuid: "1" });

  expect(robot.posts).toHaveLength(12);
});
