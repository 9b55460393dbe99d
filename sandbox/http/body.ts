import type { IncomingMessage } from "node:http";

/** Fifty times what a robot accepts. */
const maxReadBytes = 1024 * 1024;

/**
 * The whole body, or `"too-large"` as soon as it is known to exceed 1 MiB; the rest stays unread.
 *
 * @throws when the sender breaks off
 */
export async function readBody(request: IncomingMessage): Promise<Buffer | "too-large"> {
  if (Number(request.headers["content-length"] ?? 0) > maxReadBytes) return "too-large";
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving a plain `for await` would destroy the connection before the answer is out.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxReadBytes) return "too-large";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
