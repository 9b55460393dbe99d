import type { Socket } from "node:net";

const interim = /^HTTP\/1\.1 100 [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n/;
/** Longer than any interim answer. */
const longestBytes = 1024;

/**
 * The socket without the interim answers `100 Continue`, which nobody asked for and some gateways
 * send all the same. undici takes one for a broken answer and closes the connection.
 *
 * An interim answer is recognised at the beginning of what one read returns.
 */
export function skipContinue(socket: Socket): Socket {
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    const chunk: unknown = read(size);
    return chunk instanceof Buffer ? withoutInterim(chunk) : chunk;
  };
  return socket;
}

/** Where the first digit of the status stands, in `HTTP/1.1 100`. */
const statusAt = 9;
const digitOne = 0x31;

function withoutInterim(chunk: Buffer): Buffer {
  if (chunk[statusAt] !== digitOne) return chunk;
  const begin = chunk.toString("latin1", 0, longestBytes);
  const length = interim.exec(begin)?.[0].length ?? 0;
  return length === 0 ? chunk : withoutInterim(chunk.subarray(length));
}
