import { failure, type Reply, unknownPath } from "../http/reply.ts";
import { entryRoutes } from "./entries.ts";
import { messageRoutes } from "./messages.ts";
import { describeApi } from "./openapi.ts";
import { InputError } from "./parse.ts";
import { robotRoutes } from "./robots.ts";
import { type ApiRequest, type ApiRoute, route } from "./route.ts";
import { noQuery } from "./schema/query.ts";
import { jsonObject } from "./schema/values.ts";
import { unmatchedRoutes } from "./unmatched.ts";

/** All calls of the API. */
export const apiRoutes: readonly ApiRoute[] = [
  ...messageRoutes,
  ...entryRoutes,
  ...robotRoutes,
  ...unmatchedRoutes,
  route({
    method: "GET",
    path: "/api/openapi.json",
    summary: "This description",
    query: noQuery,
    answers: { 200: jsonObject },
    handle: () => ({ status: 200, json: describeApi(apiRoutes) }),
  }),
];

/** Answers a call of the API, also one with a wrong method or bad values. */
export async function callApi(
  method: string,
  path: string,
  request: Omit<ApiRequest, "parameter">,
): Promise<Reply | "streaming"> {
  const { routes, parameter } = matchRoutes(path);
  if (routes.length === 0) return unknownPath;
  const matched = routes.find((each) => each.method === method);
  if (matched === undefined) {
    const Allow = routes.map((each) => each.method).join(", ");
    return { ...failure(405, "method not allowed"), headers: { Allow } };
  }
  try {
    return await matched.answer({ ...request, parameter });
  } catch (error) {
    if (error instanceof InputError) return failure(400, error.message, error.field);
    throw error;
  }
}

/** The rows for a path, and the value of the path's `{…}`. */
function matchRoutes(path: string): { routes: readonly ApiRoute[]; parameter: string } {
  const segments = path.split("/");
  // A path without `{…}` goes first: /api/messages/latest is no id.
  const exact = apiRoutes.filter((each) => each.path === path);
  const routes = exact.length > 0 ? exact : apiRoutes.filter((each) => fits(each, segments));
  const index = routes[0]?.path.split("/").findIndex(isParameter) ?? -1;
  return { routes, parameter: decode(segments[index] ?? "") };
}

function fits({ path }: ApiRoute, segments: readonly string[]): boolean {
  const pattern = path.split("/");
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => {
      const segment = segments[index] ?? "";
      return part === segment || (isParameter(part) && segment !== "");
    })
  );
}

function isParameter(part: string): boolean {
  return part.startsWith("{");
}

/** A segment that cannot be decoded is empty: no robot has that token. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return "";
    throw error;
  }
}
