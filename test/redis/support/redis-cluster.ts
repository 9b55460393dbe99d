import { freePort } from "../../daprd/support/ports.ts";
import { eventually } from "../../support/eventually.ts";
import { createNode, type RedisNode } from "./redis-node.ts";

const slots = 16_384;

/** A cluster of three nodes, and one more that follows the first one if it is wanted. */
export async function createCluster({ hasReplica = false } = {}): Promise<RedisNode[]> {
  const nodes: RedisNode[] = [];
  for (let n = 0; n < (hasReplica ? 4 : 3); n += 1) {
    const busPort = `${await freePort()}`;
    const isOn = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    const node = await createNode([...isOn, "--cluster-port", busPort, "--appendonly", "no"]);
    await node.start();
    nodes.push(node);
    await join(node, nodes, { n, busPort });
  }
  await allAgree(nodes);
  const [first, , , follower] = nodes;
  if (first !== undefined && follower !== undefined) await follow(follower, first);
  return nodes;
}

interface Place {
  /** Number of the node. */
  readonly n: number;
  readonly busPort: string;
}

async function join(node: RedisNode, nodes: RedisNode[], { n, busPort }: Place): Promise<void> {
  await node.command("CLUSTER", "SET-CONFIG-EPOCH", `${n + 1}`);
  await nodes[0]?.command("CLUSTER", "MEET", "127.0.0.1", `${node.port}`, busPort);
  const [from, to] = [n, n + 1].map((third) => Math.floor((third * slots) / 3));
  if (from === undefined || to === undefined || n === 3) return;
  await node.command("CLUSTER", "ADDSLOTSRANGE", `${from}`, `${to - 1}`);
}

async function allAgree(nodes: readonly RedisNode[]): Promise<void> {
  for (const node of nodes) {
    await eventually(async () => {
      const info = String(await node.command("CLUSTER", "INFO"));
      const knowsAll = info.includes(`cluster_known_nodes:${nodes.length}\r`);
      return info.includes("cluster_state:ok") && knowsAll;
    });
  }
}

async function follow(follower: RedisNode, first: RedisNode): Promise<void> {
  await follower.command("CLUSTER", "REPLICATE", String(await first.command("CLUSTER", "MYID")));
  await eventually(async () => {
    const info = String(await follower.command("INFO", "replication"));
    return info.includes("master_link_status:up");
  });
}
