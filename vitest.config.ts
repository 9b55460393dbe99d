import { defineConfig } from "vitest/config";
import { valkeyPath } from "./test/redis/install-valkey.mjs";

const attack = "test/attack/**/*.test.ts";
const clients = "test/clients/**/*.test.ts";
const clock = "test/clock/**/*.test.ts";
const daprd = "test/daprd/**/*.test.ts";
const image = "test/image/**/*.test.ts";
const operations = "test/operations/**/*.test.ts";
const packed = "test/package/**/*.test.ts";
const page = "test/page/**/*.test.ts";
const sdks = "test/sdks/**/*.test.ts";
const redis = "test/redis/**/*.test.ts";

export default defineConfig({
  test: {
    projects: [
      {
        // The limit ends tests that hang. Files with real processes have a longer one, see
        // test/support/process.ts.
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [attack, clients, clock, daprd, image, operations, packed, page, redis, sdks],
          testTimeout: 10_000,
          hookTimeout: 10_000,
        },
      },
      {
        test: {
          name: "attack",
          include: [attack],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "clients",
          include: [clients],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "clock",
          include: [clock],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "daprd",
          include: [daprd],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "image",
          include: [image],
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "operations",
          include: [operations],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "package",
          include: [packed],
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "redis",
          include: [redis],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The same tests. In support/redis-server.ts, `startRedis` starts a cluster.
        test: {
          name: "redis-cluster",
          include: [redis],
          exclude: ["test/redis/budget.test.ts"],
          env: { REDIS_TOPOLOGY: "cluster" },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "valkey",
          include: [redis],
          env: { REDIS_SERVER: valkeyPath },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "sdks",
          include: [sdks],
          testTimeout: 120_000,
        },
      },
      {
        // Each file starts a browser. On two cores, one file after the other is faster.
        test: {
          name: "page",
          include: [page],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
