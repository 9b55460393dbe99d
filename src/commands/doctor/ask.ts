import { request } from "undici";

const answerTimeoutMs = 3000;

/** The answer to a request to this machine. Undefined if no answer came in time. Never rejects. */
export async function ask(
  url: string,
  options: Pick<NonNullable<Parameters<typeof request>[1]>, "method" | "headers" | "body"> = {},
): Promise<{ status: number; text: string } | undefined> {
  try {
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const { statusCode, body } = await request(url, { ...options, signal });
    return { status: statusCode, text: await body.text() };
  } catch {
    return undefined;
  }
}
