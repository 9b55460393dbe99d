import { failure, type Reply, unknownPath } from "../http/reply.ts";
import { entryRoutes } from "./entries.ts";
import { messageRoutes } from "./messages.ts";
import { openApi } from "./openapi.ts";
import { InputError } from "./readers.ts";
import { robotRoutes } from "./robots.ts";
import type { ApiCall, ApiRoute } from "./route.ts";

/** All calls of the API. */
export const apiRoutes: readonly ApiRoute[] = [
  ...messageRoutes,
  ...entryRoutes,
  ...robotRoutes,
  { method: "GET", path: "/api/openapi.json", handle: () => ({ status: 200, json: openApi }) },
];

/** The rows for a path, and what stands in its place. */
export function matchRoutes(path: string): { routes: readonly ApiRoute[]; parameter: string } {
  const segments = path.split("/");
  // A path that is written out goes before one with a place.
  const exact = apiRoutes.filter((route) => route.path === path);
  const routes = exact.length > 0 ? exact : apiRoutes.filter((route) => fits(route, segments));
  const index = routes[0]?.path.split("/").findIndex((segment) => segment.startsWith("{")) ?? -1;
  return { routes, parameter: decode(segments[index] ?? "") };
}

/** Answers a call, or says what is wrong with it. */
export async function callApi(
  method: string,
  path: string,
  call: Omit<ApiCall, "parameter">,
): Promise<Reply | "streaming"> {
  const { routes, parameter } = matchRoutes(path);
  if (routes.length === 0) return unknownPath;
  const route = routes.find((each) => each.method === method);
  if (route === undefined) {
    const Allow = routes.map((each) => each.method).join(", ");
    return { ...failure(405, "method not allowed"), headers: { Allow } };
  }
  try {
    return await route.handle({ ...call, parameter });
  } catch (error) {
    if (error instanceof InputError) return failure(400, error.message, error.field);
    throw error;
  }
}

function fits({ path }: ApiRoute, segments: readonly string[]): boolean {
  const places = path.split("/");
  return (
    places.length === segments.length &&
    places.every((place, index) => place === segments[index] || isPlace(place, segments[index]))
  );
}

function isPlace(place: string, segment = ""): boolean {
  return place.startsWith("{") && segment !== "";
}

/** What cannot be decoded is nobody's token. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return "";
    throw error;
  }
}
