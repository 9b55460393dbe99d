import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { systemClock, withinTime } from "../../base/clock.ts";

/** One HTTP request of the doctor's. */
export interface Question {
  readonly method?: "GET" | "HEAD" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
}

/**
 * Asks a program of this machine or network over a connection of its own. Undefined if no answer
 * came in time.
 *
 * Node's own client, because `main.js` would be twice as large with undici's.
 */
export async function ask(
  url: string,
  { method = "GET", headers = {}, body, timeoutMs }: Question,
): Promise<{ readonly status: number | undefined; readonly text: string } | undefined> {
  return await withinTime({ clock: systemClock, timeoutMs }, async (signal) => {
    const sent = request(url, { method, headers, agent: false, signal }).end(body);
    const [answer]: IncomingMessage[] = await once(sent, "response");
    return answer && { status: answer.statusCode, text: await text(answer) };
  }).catch(() => undefined);
}
