import { defineConfig } from "vitest/config";

const daprd = "test/daprd/**/*.test.ts";
const image = "test/image/**/*.test.ts";
const operations = "test/operations/**/*.test.ts";
const page = "test/page/**/*.test.ts";
const redis = "test/redis/**/*.test.ts";

export default defineConfig({
  test: {
    projects: [
      {
        // Real processes on two cores: the limits are there for hangs, not for speed.
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [daprd, image, operations, page, redis],
          testTimeout: 60_000,
          hookTimeout: 60_000,
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
          name: "redis",
          include: [redis],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // A browser each on two cores: one after the other is the faster way.
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
