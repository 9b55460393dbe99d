import type { Sandbox } from "../../../sandbox/server.ts";

/** One request to a robot. */
export interface Sending {
  readonly token?: string;
  /** Further query parameters, encoded. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a message. A string is sent as it is. */
export async function send(
  { url }: Pick<Sandbox, "url">,
  message: object | string,
  { token = "sandbox", query = "", headers = {} }: Sending = {},
): Promise<{ errcode: number; errmsg: string }> {
  const response = await fetch(
    `${url}/robot/send?access_token=${encodeURIComponent(token)}${query}`,
    {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: typeof message === "string" ? message : JSON.stringify(message),
    },
  );
  return JSON.parse(await response.text());
}

/** A text message. */
export function text(content: string): object {
  return { msgtype: "text", text: { content } };
}
