import type { IncomingMessage } from "node:http";

/** 50 times what a robot accepts. */
const maxReadBytes = 1024 * 1024;

/**
 * Reads the whole body. Stops with `"too-large"` at the first sign that it exceeds 1 MiB.
 *
 * @throws if the sender closes the connection before the end of the body
 */
export async function readBody(request: IncomingMessage): Promise<Buffer | "too-large"> {
  if (Number(request.headers["content-length"] ?? 0) > maxReadBytes) return "too-large";
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A plain `for await` destroys the connection when it is left, before the answer is sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxReadBytes) return "too-large";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
