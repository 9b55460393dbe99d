import { fstatSync, writeSync } from "node:fs";
import type { Writable } from "node:stream";

/** Lines that wait for a collector that does not read, in bytes. */
const mostPendingBytes = 1024 * 1024;

/**
 * Where lines go. Writes now or soon, and never waits. May throw the system's error.
 *
 * @param onDone hears once whether the line was written, unless the sink throws
 */
export type LogSink = (line: string, onDone: (isWritten: boolean) => void) => void;

/**
 * The output of the log. Lines that cannot be written are dropped and counted: a failure of the log
 * is never logged, because the log would fail again.
 */
export class LogOutput {
  readonly #sink: LogSink;
  readonly #format: (line: string) => string;
  #lost = 0;
  /** Hears how many lines were lost, as soon as a line is written again. */
  onRecovered: (lines: number) => void = () => {};

  /** @param format makes of a JSON line what is written */
  constructor(sink: LogSink = standardOutput(), format = (line: string): string => line) {
    this.#sink = sink;
    this.#format = format;
  }

  /** Writes a line or drops it. Never throws. */
  write(line: string): void {
    try {
      this.#sink(this.#format(line), (isWritten) => this.#count(isWritten));
    } catch {
      this.#count(false);
    }
  }

  #count(isWritten: boolean): void {
    if (!isWritten) {
      this.#lost += 1;
      return;
    }
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.onRecovered(lost);
  }
}

/** Files and devices such as `/dev/full` are written at once. Pipes, sockets and terminals may stand still, so Node's stream waits. */
function standardOutput(): LogSink {
  const stats = fstatSync(1);
  const isFile = stats.isFile() || (stats.isCharacterDevice() && !process.stdout.isTTY);
  return isFile ? fileSink(1) : streamSink(process.stdout);
}

/** Writes to a stream. Drops lines while too many wait for its reader. */
export function streamSink(stream: Writable): LogSink {
  // The callback of the write hears of the failure too.
  stream.on("error", () => {});
  return (line, onDone) => {
    if (stream.writableLength >= mostPendingBytes) onDone(false);
    else stream.write(line, (error) => onDone(!error));
  };
}

/** Writes to a file whose disk may be full. */
export function fileSink(
  fd: number,
  write: (fd: number, bytes: Buffer) => number = writeSync,
): LogSink {
  let isCut = false;
  return (line, onDone) => {
    const bytes = Buffer.from(isCut ? `\n${line}` : line);
    isCut = write(fd, bytes) < bytes.length;
    onDone(!isCut);
  };
}
