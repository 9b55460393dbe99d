import { failure } from "../http/reply.ts";
import { findMessages, waitForMessages } from "../rooms/searching.ts";
import { InputError } from "./readers.ts";
import type { ApiCall, ApiReply, ApiRoute } from "./route.ts";

const maxTimeoutSeconds = 300;
const defaultTimeoutSeconds = 10;

/** What tests read. */
export const messageRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "/api/messages", handle: listMessages },
  { method: "DELETE", path: "/api/messages", handle: clearMessages },
  { method: "GET", path: "/api/messages/latest", handle: latestMessage },
  { method: "GET", path: "/api/messages/wait", handle: awaitMessages },
];

function listMessages({ stage, query }: ApiCall): ApiReply {
  return { status: 200, json: findMessages(stage.rooms, wanted(query)) };
}

function clearMessages({ stage, query }: ApiCall): ApiReply {
  stage.rooms.clear(query.get("token") ?? undefined);
  return { status: 204 };
}

function latestMessage({ stage, query }: ApiCall): ApiReply {
  const json = findMessages(stage.rooms, wanted(query)).at(-1);
  return json === undefined ? failure(404, "no such message") : { status: 200, json };
}

async function awaitMessages({ stage, query, signal }: ApiCall) {
  const count = readNumber(query, "count", { usual: 1, min: 1, max: 1000 });
  const seconds = { usual: defaultTimeoutSeconds, min: 0, max: maxTimeoutSeconds };
  const timeoutMs = readNumber(query, "timeout", seconds) * 1000;
  const patience = { count, timeoutMs, clock: stage.clock, signal };
  const json = await waitForMessages(stage.rooms, wanted(query), patience);
  if (json !== undefined) return { status: 200, json };
  return failure(504, `there were not ${count} such messages within ${timeoutMs / 1000} seconds`);
}

function wanted(query: URLSearchParams) {
  return {
    token: query.get("token") ?? undefined,
    contains: query.get("contains") ?? undefined,
  };
}

/** @throws {InputError} */
export function readNumber(
  query: URLSearchParams,
  name: string,
  { usual, min, max }: { usual: number; min: number; max: number },
): number {
  const text = query.get(name) ?? String(usual);
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InputError(name, `has to be a number from ${min} to ${max}`);
}
