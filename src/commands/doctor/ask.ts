import { once } from "node:events";
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { text } from "node:stream/consumers";

const answerTimeoutMs = 3000;

/**
 * The answer to a request to this machine. Undefined if no answer came in time. Never rejects.
 *
 * Node's own client, because `main.js` would be twice as large with undici's.
 */
export async function ask(
  url: string,
  {
    body,
    ...options
  }: Pick<RequestOptions, "method" | "headers"> & { readonly body?: string } = {},
): Promise<{ status: number | undefined; text: string } | undefined> {
  try {
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const sent = request(url, { ...options, agent: false, signal }).end(body);
    const [answer]: IncomingMessage[] = await once(sent, "response");
    return answer && { status: answer.statusCode, text: await text(answer) };
  } catch {
    return undefined;
  }
}
