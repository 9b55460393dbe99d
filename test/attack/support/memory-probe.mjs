// Preloaded into a process whose memory a test watches: at SIGUSR2, collects garbage and writes what
// is left, in bytes, to the file that MEMORY_FILE names.
import { renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const file = process.env.MEMORY_FILE ?? "";

process.on("SIGUSR2", () => {
  collect();
  // What finalizers free is collected with the next turn.
  setImmediate(() => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    writeFileSync(`${file}.new`, String(heapUsed + external));
    renameSync(`${file}.new`, file);
  });
});
