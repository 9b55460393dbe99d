import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { listenHere } from "./listen.ts";

/** A request that arrived at a {@link FakeRobot}. */
export interface ReceivedPost {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server in the place of a robot's host. */
export interface FakeRobot {
  /** `http://127.0.0.1:PORT/robot/send?access_token=…` */
  readonly url: string;
  readonly posts: readonly ReceivedPost[];
  /** The number of TCP connections that were made. */
  connections(): number;
  /** The number of TCP connections that are open now. */
  openConnections(): Promise<number>;
}

/** Answers one request. */
export type Answer = (response: ServerResponse, post: ReceivedPost) => void;

/** Answers with JSON. */
export const jsonAnswer =
  (value: unknown, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };

/** Answers as DingTalk does when it takes a message. */
export const acceptMessage = jsonAnswer({ errcode: 0, errmsg: "ok" });

/** Starts a server that answers as a robot's host might, also in ways that the sandbox does not know. */
export async function startRobot(
  answer: Answer = acceptMessage,
  token = "token-1",
): Promise<FakeRobot> {
  const posts: ReceivedPost[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://robot");
      const post = {
        method: request.method ?? "",
        path: pathname,
        query: searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      posts.push(post);
      answer(response, post);
    });
  });
  server.on("connection", () => {
    connections += 1;
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}/robot/send?access_token=${token}`,
    posts,
    connections: () => connections,
    openConnections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
  };
}
