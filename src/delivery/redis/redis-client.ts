import { commandTimeoutMs } from "./command-times.ts";

/** The address of the replicas' common Redis, as Dapr's own components describe it. */
export interface RedisOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  readonly tls: boolean;
}

/** A connection to a Redis, or to all nodes of a cluster. */
export interface RedisClient {
  /** Whether the client keeps trying to connect. */
  readonly isOpen: boolean;
  readonly isReady: boolean;
  on(event: "error" | "ready", listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  /** @param key any key of the command */
  send(key: string, args: string[]): Promise<unknown>;
  destroy(): void;
}

/** A connection to one node that hears what is told. */
export interface ListeningClient extends RedisClient {
  subscribe(channel: string, listener: () => void): Promise<unknown>;
  unsubscribe(channel: string, listener: () => void): Promise<unknown>;
}

/** How often a lost connection is tried again. */
export const lookAgainMs = 1000;

/** A connection to the node at this address. The client is loaded only now: few need one. */
export async function createNodeClient(options: RedisOptions): Promise<ListeningClient> {
  const { createClient } = await import("@redis/client");
  const client = createClient({ ...settingsOf(options), database: options.db });
  return {
    get isOpen() {
      return client.isOpen;
    },
    get isReady() {
      return client.isReady;
    },
    on: (event, listener) => client.on(event, listener),
    connect: () => client.connect(),
    send: (_key, args) => client.sendCommand(args),
    destroy: () => {
      if (client.isOpen) client.destroy();
    },
    subscribe: (channel, listener) => client.subscribe(channel, listener),
    unsubscribe: (channel, listener) => client.unsubscribe(channel, listener),
  };
}

/** Connections to all nodes of the cluster to which this node belongs. */
export async function createClusterClient(options: RedisOptions): Promise<RedisClient> {
  const { createCluster } = await import("@redis/client");
  const { socket, ...defaults } = settingsOf(options);
  const { host: _host, port: _port, ...nodeSocket } = socket;
  const cluster = createCluster({
    rootNodes: [{ socket, ...defaults }],
    defaults: { ...defaults, socket: nodeSocket },
    topologyRefreshOnReconnectionAttemptStrategy: lookAgainMs,
  });
  // One node that fails is no failure of the cluster: the scripts that need the node show it.
  cluster.on("error", () => {});
  return {
    get isOpen() {
      return cluster.isOpen;
    },
    get isReady() {
      return cluster.isReady;
    },
    on: (event, listener) => (event === "error" ? undefined : cluster.on(event, listener)),
    connect: () => cluster.connect(),
    send: (key, args) => cluster.sendCommand(key, false, args),
    destroy: () => {
      if (cluster.isOpen) cluster.destroy();
    },
  };
}

/** Whether the node belongs to a cluster. Every user may ask. */
export async function isClusterNode(client: RedisClient): Promise<boolean> {
  const said = await client.send("", ["HELLO"]).catch(() => undefined);
  return JSON.stringify(said)?.includes('"cluster"') ?? false;
}

function settingsOf({ host, port, username, password, tls }: RedisOptions) {
  const socket = { host, port, connectTimeout: commandTimeoutMs, reconnectStrategy: lookAgainMs };
  return {
    socket: tls ? { ...socket, tls, servername: host } : socket,
    disableOfflineQueue: true,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
}
