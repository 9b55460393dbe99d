import { createServer, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { tempFolder } from "../../support/temp-folder.ts";

export interface Answer {
  readonly status: number;
  /** The advisories by the names of their packages. */
  readonly advisories: object;
}

const advisoriesPath = "/-/npm/v1/security/advisories/bulk";

/**
 * Starts a registry with advisories and one version of each package.
 *
 * @returns an environment in which npm uses the registry, without repeats
 */
export async function startRegistry(
  { status, advisories }: Answer,
  version: string,
): Promise<Record<string, string>> {
  const server = createServer((request, response) => {
    if (request.url === advisoriesPath) return answer(response.writeHead(status), advisories);
    if (request.method !== "GET") return void response.writeHead(status).end();
    const name = decodeURIComponent(request.url?.slice(1) ?? "");
    const latest = { "dist-tags": { latest: version }, versions: { [version]: { name, version } } };
    return answer(response.writeHead(200, { "content-type": "application/json" }), {
      name,
      ...latest,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    npm_config_registry: `http://127.0.0.1:${port}/`,
    npm_config_noproxy: "127.0.0.1",
    npm_config_fetch_retries: "0",
    npm_config_cache: await tempFolder(),
  };
}

function answer(response: ServerResponse, body: object): void {
  response.end(JSON.stringify(body));
}
