import { failure } from "../http/reply.ts";
import { isFound } from "../rooms/searching.ts";
import { EventStream } from "./events.ts";
import { maskEntry } from "./masking.ts";
import { readNumber } from "./messages.ts";
import type { ApiCall, ApiReply, ApiRoute } from "./route.ts";
import type { Entry } from "./types.ts";

/** What the page shows. */
export const entryRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "/api/events", handle: streamEvents },
  { method: "GET", path: "/api/entries", handle: listEntries },
  { method: "GET", path: "/api/entries/{id}", handle: showEntry },
];

function streamEvents({ stage, query, headers, response, epoch }: ApiCall): ApiReply {
  const { rooms, clock } = stage;
  const lastEventId = [headers["last-event-id"]].flat()[0];
  const token = query.get("token") ?? undefined;
  new EventStream(response, { rooms, clock, epoch, token, lastEventId }).start();
  return "streaming";
}

/** The last of those that fit. */
function listEntries({ stage, query }: ApiCall): ApiReply {
  const limit = readNumber(query, "limit", { usual: 1_000_000, min: 1, max: 1_000_000 });
  const entries = stage.rooms
    .entries(query.get("token") ?? undefined)
    .filter((entry) => fits(entry, query))
    .slice(-limit);
  return { status: 200, json: entries.map((entry) => shown(entry, query)) };
}

function showEntry({ stage, parameter, query }: ApiCall): ApiReply {
  const entry = stage.rooms.all.map((room) => room.find(parameter)).find(Boolean);
  if (entry === undefined) return failure(404, "no such entry");
  return { status: 200, json: shown(entry, query) };
}

function fits(entry: Entry, query: URLSearchParams): boolean {
  const kind = query.get("kind") ?? entry.kind;
  const outcome = query.get("outcome") ?? entry.outcome;
  const isKind = entry.kind === kind && entry.outcome === outcome;
  return isKind && isFound(entry, query.get("contains") ?? undefined);
}

function shown(entry: Entry, query: URLSearchParams): Entry {
  return query.get("reveal") === "1" ? entry : maskEntry(entry);
}
