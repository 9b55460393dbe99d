import { gunzipSync, inflateSync } from "node:zlib";
import { InvalidMessageError } from "./errors.ts";

/** More has more parts than a robot may send in a minute. */
const longest = 600_000;

/** How data begins that Zstandard or bzip2 compressed. Node 20 unpacks neither. */
const otherFormats = [
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x42, 0x5a, 0x68, 0x39],
];

/** Whether bytes may be compressed, by their beginning. A text may begin as zlib does: `x^`. */
export function mayBeCompressed(bytes: Uint8Array): boolean {
  return isGzip(bytes) || isOther(bytes) || mayBeZlib(bytes);
}

/** Nobody compresses more often. A gzip file that unpacks to itself exists. */
const maxLayers = 4;

/**
 * What compressed bytes hold; undefined for other bytes.
 *
 * @throws {InvalidMessageError} for what cannot be unpacked, or is longer than any message
 */
export function decompress(bytes: Uint8Array): Buffer | undefined {
  let unpacked: Buffer | undefined;
  for (let layer = 0; layer < maxLayers; layer++) {
    const inner = unpack(unpacked ?? bytes);
    if (inner === undefined) return unpacked;
    unpacked = inner;
  }
  throw unreadable();
}

/** Takes one layer off. */
function unpack(bytes: Uint8Array): Buffer | undefined {
  if (isOther(bytes)) throw unreadable();
  if (!isGzip(bytes) && !mayBeZlib(bytes)) return undefined;
  try {
    const options = { maxOutputLength: longest };
    return isGzip(bytes) ? gunzipSync(bytes, options) : inflateSync(bytes, options);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A text that begins as zlib does goes on in another way.
    if (mayBeZlib(bytes) && !(error instanceof RangeError)) return undefined;
    throw unreadable();
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return beginsWith(bytes, [0x1f, 0x8b, 8]);
}

function mayBeZlib(bytes: Uint8Array): boolean {
  return beginsWith(bytes, [0x78]) && (0x78 * 256 + (bytes[1] ?? 0)) % 31 === 0;
}

function isOther(bytes: Uint8Array): boolean {
  return otherFormats.some((beginning) => beginsWith(bytes, beginning));
}

function beginsWith(bytes: Uint8Array, beginning: readonly number[]): boolean {
  return beginning.every((byte, index) => bytes[index] === byte);
}

function unreadable(): InvalidMessageError {
  return new InvalidMessageError(
    "",
    "the data is compressed and cannot be unpacked here",
    "send it as it was before",
  );
}
