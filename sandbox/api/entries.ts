import * as z from "zod";
import { failure, type Reply } from "../http/reply.ts";
import { isFound } from "../rooms/search.ts";
import { EventStream } from "./events.ts";
import { maskEntry } from "./masking.ts";
import { type ApiCall, type ApiReply, type ApiRoute, route } from "./route.ts";
import { entry } from "./schema/entries.ts";
import { entryQuery, revealQuery, roomQuery } from "./schema/query.ts";
import { apiError } from "./schema/state.ts";
import type { Entry } from "./types.ts";

/** The calls that the page shows rooms with. */
export const entryRoutes: readonly ApiRoute[] = [
  route({
    method: "GET",
    path: "/api/events",
    summary: "What happens, as it happens: server-sent events",
    description:
      "The events are snapshot (Snapshot), entry (Entry), robot (RobotState), cleared (Cleared) and unmatched (a list of Unmatched). The first one is a snapshot, unless Last-Event-ID names an event of the same run of the sandbox; then the stream begins with what changed since. Robots and unmatched requests are reported whichever token was asked for.",
    query: roomQuery,
    header: ["Last-Event-ID", "The last event that was seen."],
    answers: { 200: null, 503: apiError },
    handle: streamEvents,
  }),
  route({
    method: "GET",
    path: "/api/entries",
    summary: "All that happened in the rooms, refused requests too, oldest first",
    query: entryQuery,
    answers: { 200: z.array(entry), 400: apiError },
    handle: listEntries,
  }),
  route({
    method: "GET",
    path: "/api/entries/{id}",
    summary: "One entry",
    query: revealQuery,
    answers: { 200: entry },
    handle: showEntry,
  }),
];

/** One browser opens at most six streams. More streams than this are a mistake or an attack. */
export const maxStreams = 200;

function streamEvents(call: ApiCall<z.infer<typeof roomQuery>>): ApiReply {
  const { deps, query, headers, response } = call;
  if (deps.streams.size >= maxStreams) {
    return failure(503, `${maxStreams} event streams are open, close one`);
  }
  deps.streams.add(response);
  response.on("close", () => deps.streams.delete(response));
  const lastEventId = [headers["last-event-id"]].flat()[0];
  new EventStream(response, { ...deps, token: query.token, lastEventId }).start();
  return "streaming";
}

function listEntries({ deps, query }: ApiCall<z.infer<typeof entryQuery>>): Reply {
  const { token, contains, kind, outcome, limit = Number.POSITIVE_INFINITY, reveal } = query;
  const entries = deps.rooms
    .entries(token)
    .filter((entry) => kind === undefined || entry.kind === kind)
    .filter((entry) => outcome === undefined || entry.outcome === outcome)
    .filter((entry) => isFound(entry, contains))
    .slice(-limit);
  return { status: 200, list: entries.map((entry) => revealIf(reveal, entry)) };
}

function showEntry({ deps, parameter, query }: ApiCall<z.infer<typeof revealQuery>>): Reply {
  const found = deps.rooms.all.map((room) => room.find(parameter)).find(Boolean);
  if (found === undefined) return failure(404, "no such entry");
  return { status: 200, json: revealIf(query.reveal, found) };
}

function revealIf(reveal: string | undefined, entry: Entry): Entry {
  return reveal === "1" ? entry : maskEntry(entry);
}
