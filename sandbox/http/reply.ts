import type { ServerResponse } from "node:http";
import type { ApiError } from "../api/types.ts";

/** What answers a request. */
export interface Reply {
  readonly status: number;
  /** Absent for an answer without JSON. */
  readonly json?: unknown;
  /** Absent for an answer without a body of another type. */
  readonly content?: { readonly type: string; readonly bytes: Buffer };
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure as every part of the API words it. */
export function failure(status: number, errmsg: string, field?: string): Reply {
  const json: ApiError = { errcode: status, errmsg, ...(field !== undefined && { field }) };
  return { status, json };
}

/** DingTalk's own words for an address that it does not have. */
export const unknownPath: Reply = failure(404, "请求的URI地址不存在");

/** The whole answer, but for the end. */
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
