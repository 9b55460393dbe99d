import type { Socket } from "node:net";
import { startTcpHost } from "../../support/tcp-host.ts";

/** The request as it came, and the connection to do with whatever one likes. */
export interface RawExchange {
  readonly socket: Socket;
  /** The head and the body, as text. */
  readonly request: string;
}

/** Answers a request with bytes instead of HTTP. */
export type RawAnswer = (exchange: RawExchange) => void;

/** A robot's host that speaks TCP alone. */
export interface RawRobotOptions {
  /** Called with each new connection, before the request. */
  readonly greet?: (socket: Socket) => void;
  /** Called once for each request that is complete. Default: no answer. */
  readonly answer?: RawAnswer;
}

/**
 * Starts a robot's host that answers as `options` say.
 *
 * @returns the webhook address, with the token `token`
 */
export async function startRawRobot(options: RawRobotOptions, token: string): Promise<string> {
  const { host } = await startTcpHost((socket) => {
    options.greet?.(socket);
    readRequests(socket, (request) => options.answer?.({ socket, request }));
  });
  return `http://${host}/robot/send?access_token=${token}`;
}

function readRequests(socket: Socket, onRequest: (request: string) => void): void {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    const [head = "", body] = text.split("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (body === undefined || body.length < length) return;
    text = "";
    onRequest(`${head}\r\n\r\n${body}`);
  });
}

/** Writes without end, as fast as the other side reads. Stops when the connection closes. */
export function writeForever(socket: Socket, piece: string): void {
  const write = (): void => {
    while (!socket.destroyed && socket.write(piece));
    socket.once("drain", write);
  };
  write();
}

/** Writes one byte every 2 ms. Stops when the connection closes. */
export function writeSlowly(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at >= text.length || socket.destroyed) clearInterval(timer);
    else socket.write(text.charAt(at++), "latin1");
  }, 2);
  socket.on("close", () => clearInterval(timer));
}
