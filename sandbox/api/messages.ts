import * as z from "zod";
import { failure, type Reply } from "../http/reply.ts";
import { findMessages, waitForMessages } from "../rooms/search.ts";
import { type ApiCall, type ApiRoute, route } from "./route.ts";
import { receivedMessage } from "./schema/entries.ts";
import { messageQuery, roomQuery, waitQuery } from "./schema/query.ts";
import { apiError } from "./schema/state.ts";

/** The calls that tests read messages with. */
export const messageRoutes: readonly ApiRoute[] = [
  route({
    method: "GET",
    path: "/api/messages",
    summary: "Accepted messages, oldest first",
    query: messageQuery,
    answers: { 200: z.array(receivedMessage) },
    handle: ({ deps, query }) => ({ status: 200, list: findMessages(deps.rooms, query) }),
  }),
  route({
    method: "DELETE",
    path: "/api/messages",
    summary: "Forget what happened in the rooms",
    description: "Without a token, the requests that found no room are forgotten too.",
    query: roomQuery,
    answers: { 204: null },
    handle: clearMessages,
  }),
  route({
    method: "GET",
    path: "/api/messages/latest",
    summary: "The newest accepted message",
    query: messageQuery,
    answers: { 200: receivedMessage, 404: apiError },
    handle: showLatest,
  }),
  route({
    method: "GET",
    path: "/api/messages/wait",
    summary: "Accepted messages, as soon as there are enough",
    query: waitQuery,
    answers: { 200: z.array(receivedMessage), 400: apiError, 504: apiError },
    handle: awaitMessages,
  }),
];

function clearMessages({ deps, query }: ApiCall<z.infer<typeof roomQuery>>): Reply {
  deps.rooms.clear(query.token);
  return { status: 204 };
}

function showLatest({ deps, query }: ApiCall<z.infer<typeof messageQuery>>): Reply {
  const json = findMessages(deps.rooms, query).at(-1);
  return json === undefined ? failure(404, "no such message") : { status: 200, json };
}

async function awaitMessages(call: ApiCall<z.infer<typeof waitQuery>>): Promise<Reply> {
  const { deps, query, signal } = call;
  const { count, timeout } = query;
  const options = { count, timeoutMs: timeout * 1000, clock: deps.clock, signal };
  const list = await waitForMessages(deps.rooms, query, options);
  if (list !== undefined) return { status: 200, list };
  return failure(504, `there were not ${count} such messages within ${timeout} seconds`);
}
