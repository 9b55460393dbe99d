import { fstatSync, writeSync } from "node:fs";

/** Lines that wait for a collector that does not read, in bytes. */
const mostPendingBytes = 1024 * 1024;

/** Where lines go. */
export interface LogSink {
  /** Whether more lines may wait. */
  readonly hasRoom: boolean;
  /**
   * Writes now or soon, and never waits.
   *
   * @param onDone hears once whether the line was written, unless this method throws
   * @throws the system's error
   */
  write(line: string, onDone: (isWritten: boolean) => void): void;
}

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
    const onDone = (isWritten: boolean): void => this.#count(isWritten);
    try {
      if (this.#sink.hasRoom) this.#sink.write(this.#format(line), onDone);
      else onDone(false);
    } catch {
      onDone(false);
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
  const { stdout } = process;
  const stats = fstatSync(1);
  if (stats.isFile() || (stats.isCharacterDevice() && !stdout.isTTY)) return fileSink(1);
  // The callback of the write hears of the failure too.
  stdout.on("error", () => {});
  return {
    get hasRoom() {
      return stdout.writableLength < mostPendingBytes;
    },
    write: (line, onDone) => {
      stdout.write(line, (error) => onDone(!error));
    },
  };
}

/** Writes to a file whose disk may be full. */
export function fileSink(
  fd: number,
  write: (fd: number, bytes: Buffer) => number = writeSync,
): LogSink {
  let isCut = false;
  return {
    hasRoom: true,
    write: (line, onDone) => {
      const bytes = Buffer.from(isCut ? `\n${line}` : line);
      const written = write(fd, bytes);
      isCut = written < bytes.length;
      onDone(!isCut);
    },
  };
}
