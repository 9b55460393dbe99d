// A process of a row, gone with it.
import { spawn } from "node:child_process";
import { until } from "./until.mjs";

/**
 * @typedef {object} Child
 * @property {() => string} output
 * @property {(text: string, times?: number) => Promise<void>} says waits until a text was written
 * @property {(signal: NodeJS.Signals) => Promise<void>} end
 */

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts a process with PATH, HOME and what is given.
 *
 * @param {string} name
 * @param {readonly string[]} command
 * @param {{ env: Record<string, string>, cwd: string }} options
 * @returns {Child}
 */
export function startChild(name, [command = "", ...args], { env, cwd }) {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(command, args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  const exit = new Promise((resolve) => child.on("close", resolve));
  child.on("close", () => running.delete(child));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  return {
    output: () => output,
    says: async (text, times = 1) => {
      await until(`${name} says "${text}"`, () => {
        if (output.split(text).length > times) return true;
        if (running.has(child)) return false;
        throw new Error(`${name} ended:\n${output.slice(-2000)}`);
      });
    },
    end: async (signal) => {
      child.kill(signal);
      await exit;
    },
  };
}
