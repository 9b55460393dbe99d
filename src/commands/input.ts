import { isUtf8 } from "node:buffer";
import { fstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { errorCodeOf } from "../base/error-code.ts";
import { UsageError } from "../base/usage-error.ts";
import { printable } from "./printable.ts";

/** Reads files for options. Standard input, which is called `-`, can be read once. */
export class Input {
  #reader: string | undefined;

  /**
   * @param option what the bytes are for
   * @throws {UsageError} which names the file
   */
  async read(option: string, file: string): Promise<Buffer> {
    if (file === "-") return await this.#readStandardInput(option);
    try {
      return await readFile(file);
    } catch (cause) {
      const name = printable(file);
      throw new UsageError(`the file ${name} of ${option} cannot be read: ${errorCodeOf(cause)}`, {
        cause,
      });
    }
  }

  /**
   * The text of a setting, such as a secret.
   *
   * @throws {UsageError} which names the file or says that it is not UTF-8
   */
  async readText(option: string, file: string): Promise<string> {
    const bytes = await this.read(option, file);
    // UTF-16 without a byte order mark is UTF-8 with NUL.
    if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString();
    throw new UsageError(`the file of ${option} is not UTF-8`);
  }

  async #readStandardInput(option: string): Promise<Buffer> {
    if (this.#reader !== undefined) {
      throw new UsageError(`${this.#reader} and ${option} cannot both be standard input`);
    }
    this.#reader = option;
    return await buffer(process.stdin);
  }
}

/** Whether somebody piped something in. A terminal, /dev/null and a closed input are nobody. */
export function isPiped(fd = 0): boolean {
  try {
    return !fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}
