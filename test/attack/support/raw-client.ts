import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
} from "node:http2";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

const service = "/dapr.proto.components.v1.OutputBinding";

/** A connection to a socket on which anything may be written. */
export function openRaw(path: string): Socket {
  const socket = connect(path);
  socket.on("error", () => {});
  socket.resume();
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** The beginning of every HTTP/2 connection: the preface and empty settings. */
export const preface = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame({ type: 4 }),
]);

/** One frame of HTTP/2. */
export function frame(options: {
  readonly type: number;
  readonly flags?: number;
  readonly stream?: number;
  readonly payload?: Buffer;
  /** Default: the length of the payload. */
  readonly length?: number;
}): Buffer {
  const { type, flags = 0, stream = 0, payload = Buffer.alloc(0) } = options;
  const head = Buffer.alloc(9);
  head.writeUIntBE(options.length ?? payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A connection that speaks HTTP/2 properly. */
export function openHttp2(path: string): ClientHttp2Session {
  const session = connectHttp2("http://localhost", { createConnection: () => openRaw(path) });
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  return session;
}

/** Begins a gRPC call. The headers of gRPC may be replaced. */
export function beginCall(
  session: ClientHttp2Session,
  method: string,
  headers: Record<string, string> = {},
): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": method.startsWith("/") ? method : `${service}/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
    "x-component-instance": "hostile",
    ...headers,
  });
  stream.on("error", () => {});
  stream.resume();
  return stream;
}

/** A message with gRPC's head of five bytes. */
export function grpcMessage(payload: Buffer, { flag = 0, length = payload.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, payload]);
}

/** Waits until the stream is closed, by whomever. */
export function closed(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.on("close", () => resolve());
  });
}
