import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { createLog } from "../../src/telemetry/log.ts";
import { fileSink, LogOutput, streamSink } from "../../src/telemetry/log-output.ts";

/** A log on a sink that can be made to fail, in one of two ways. */
function logOn() {
  const lines: string[] = [];
  const sink = { fails: "", attempts: 0 };
  const output = new LogOutput((line, onDone) => {
    sink.attempts += 1;
    if (sink.fails === "at once") throw Object.assign(new Error("full"), { code: "ENOSPC" });
    if (sink.fails === "later") return onDone(false);
    lines.push(line);
    onDone(true);
  });
  const log = createLog("info", "1.2.3", output);
  return { log, lines, sink };
}

describe("a log that cannot be written", () => {
  test.each(["at once", "later"])("counts each lost line where writing fails %s", (fails) => {
    const { log, lines, sink } = logOn();
    sink.fails = fails;
    log.info("lost");
    log.error({ err: new Error("x") }, "lost too");

    sink.fails = "";
    log.info("written");

    const texts = lines.map((line) => JSON.parse(line));
    expect(texts).toMatchObject([
      { msg: "written" },
      { level: "warn", lines: 2, msg: expect.stringMatching(/^log lines were lost/) },
    ]);
  });

  test("is tried once for each line", () => {
    const { log, sink } = logOn();
    sink.fails = "at once";

    for (let count = 0; count < 5; count += 1) log.info("lost");

    expect(sink.attempts).toBe(5);
  });

  test("drops lines while too many wait", () => {
    const written: string[] = [];
    const goOn: (() => void)[] = [];
    const reader = new Writable({
      decodeStrings: false,
      write: (line, _encoding, done) => {
        written.push(line);
        goOn.push(done);
      },
    });
    const log = createLog("info", "1.2.3", new LogOutput(streamSink(reader)));
    const text = "x".repeat(2 ** 19);
    log.info(text);
    log.info(text);
    log.info("dropped");

    for (let next = goOn.shift(); next !== undefined; next = goOn.shift()) next();

    expect(written.map((line) => JSON.parse(line))).toMatchObject([
      { msg: text },
      { msg: text },
      { lines: 1, msg: expect.stringMatching(/^log lines were lost/) },
    ]);
  });

  test("begins a new line after one that was cut", () => {
    const written: string[] = [];
    const room = [4, 100];
    const sink = fileSink(7, (_fd, bytes) => {
      const text = bytes.subarray(0, room.shift());
      written.push(text.toString());
      return text.length;
    });
    const output = new LogOutput(sink);

    output.write('{"a":1}\n');
    output.write('{"b":2}\n');

    expect(written.join("")).toMatch(/^\{"a"\n\{"b":2\}\n/);
  });
});
