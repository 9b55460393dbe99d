import type { ServerResponse } from "node:http";
import type { ApiError } from "../api/types.ts";
import { listPieces, writePaced } from "./paced-writer.ts";

/** The answer to a request. */
export interface Reply {
  readonly status: number;
  /** The JSON body. If absent, the body is `content`. */
  readonly json?: unknown;
  /** A JSON list that may be long. It is written as fast as the caller reads. */
  readonly list?: readonly unknown[];
  /** A body that is not JSON. If all three are absent, the body is empty. */
  readonly content?: { readonly type: string; readonly bytes: Buffer };
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure of the API. */
export function failure(status: number, errmsg: string, field?: string): Reply {
  const json: ApiError = { errcode: status, errmsg, ...(field !== undefined && { field }) };
  return { status, json };
}

/** DingTalk's answer for a path that it does not have. */
export const unknownPath: Reply = failure(404, "请求的URI地址不存在");

/** Writes the whole answer and leaves the response open. */
export function writeReply(response: ServerResponse, reply: Reply): void {
  const { status, json, content, headers = {} } = reply;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const bytes = json === undefined ? content?.bytes : Buffer.from(JSON.stringify(json));
  if (bytes === undefined) {
    response.writeHead(status);
    return;
  }
  response.writeHead(status, {
    "Content-Type": content?.type ?? "application/json",
    "Content-Length": bytes.length,
  });
  response.write(bytes);
}

/** How long a caller may stop reading in the middle of a list. */
const maxPauseMs = 60_000;

/** Writes an answer, also a long list, and leaves the response open. */
export async function writeLongReply(response: ServerResponse, reply: Reply): Promise<void> {
  const { status, list } = reply;
  if (list === undefined) {
    writeReply(response, reply);
    return;
  }
  response.writeHead(status, { "Content-Type": "application/json" });
  response.setTimeout(maxPauseMs, () => response.destroy());
  await writePaced(response, listPieces(list));
}
