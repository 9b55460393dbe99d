import * as z from "zod";
import type { Reply } from "../http/reply.ts";
import { maskUnmatched } from "./masking.ts";
import { type ApiCall, type ApiRoute, route } from "./route.ts";
import { noQuery, revealQuery } from "./schema/query.ts";
import { unmatched } from "./schema/unmatched.ts";

const path = "/api/unmatched";

/** The calls for requests that found no room. */
export const unmatchedRoutes: readonly ApiRoute[] = [
  route({
    method: "GET",
    path,
    summary: "Requests that found no room, such as those with a misspelled token or Client ID",
    description:
      "One row for each token and each Client ID, the row with the newest request last; at most 50 rows. A known Client ID has a row while its Client Secret was wrong (stream-secret) or its robot was in HTTP mode (stream-mode). A row goes when its token or Client ID gets a robot, when the settings of its human change, and when the program is let in. PUT /api/robots/{token} makes one.",
    query: revealQuery,
    answers: { 200: z.array(unmatched) },
    handle: listUnmatched,
  }),
  route({
    method: "DELETE",
    path,
    summary: "Forget the requests that found no room",
    query: noQuery,
    answers: { 204: null },
    handle: ({ deps }) => {
      deps.rooms.forgetUnmatched();
      return { status: 204 };
    },
  }),
];

function listUnmatched({ deps, query }: ApiCall<z.infer<typeof revealQuery>>): Reply {
  const { all } = deps.rooms.unmatched;
  return { status: 200, json: query.reveal === "1" ? all : all.map(maskUnmatched) };
}
