import { credentials, makeClientConstructor, Server, ServerCredentials } from "@grpc/grpc-js";
import { service } from "grpc-health-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { Health } from "../../src/dapr/health.ts";
import { eventually } from "../support/eventually.ts";

const HealthClient = makeClientConstructor(service, "health");

/** The health service on a port of its own, and a client of it. */
async function startHealth() {
  const health = new Health();
  const server = new Server();
  health.addToServer(server);
  const port = await new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = new HealthClient(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });
  const ask = (method: "Check" | "List", name = ""): Promise<unknown> =>
    new Promise((resolve, reject) => {
      client[method]?.({ service: name }, (error: Error | null, answer: unknown) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
  return { health, client, ask };
}

describe("the health service", () => {
  test("tells the status that was set before anybody asked, to all who ask at once", async () => {
    const { health, ask } = await startHealth();
    health.setStatus("", "SERVING");

    const answers = await Promise.all([ask("Check"), ask("Check"), ask("List")]);

    const status = "SERVING";
    expect(answers).toEqual([{ status }, { status }, { statuses: { "": { status } } }]);
  });

  test("tells later changes to those who watch", async () => {
    const { health, client } = await startHealth();
    const seen: string[] = [];
    const watch = client.Watch?.({ service: "" });
    onTestFinished(() => watch.cancel());
    watch.on("error", () => {});
    watch.on("data", ({ status }: { status: string }) => seen.push(status));
    await eventually(() => seen.length === 1 || undefined);

    health.setStatus("", "SERVING");

    await eventually(() => seen.length === 2 || undefined);
    expect(seen).toEqual(["NOT_SERVING", "SERVING"]);
  });

  test("does not know a service without a status", async () => {
    const { ask } = await startHealth();

    const answer = ask("Check", "unheard-of");

    await expect(answer).rejects.toMatchObject({ code: 5 });
  });

  test.each(Object.values(service).map(({ path }) => path))("offers %s", async (path) => {
    const offered: string[] = [];
    const server = new Server();
    server.register = (name) => offered.push(name) > 0;

    new Health().addToServer(server);

    expect(offered).toContain(path);
  });
});
