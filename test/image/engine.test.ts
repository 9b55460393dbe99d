import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempFolder } from "../support/temp-folder.ts";
import { buildImage } from "./support/engine.ts";
import { names } from "./support/folder.ts";

async function build(dockerfile: string, ignored = "") {
  const project = await tempFolder();
  await mkdir(join(project, "src/deep"), { recursive: true });
  await writeFile(join(project, "src/deep/a.ts"), "a");
  await writeFile(join(project, "b.json"), "b");
  await writeFile(join(project, "Dockerfile"), dockerfile);
  await writeFile(join(project, ".dockerignore"), ignored);
  return buildImage(project, await tempFolder());
}

describe("the engine of these tests", () => {
  test("runs the instructions in order, each stage in a folder of its own", async () => {
    const { image } = await build(`# a comment
FROM node:1-alpine AS build
WORKDIR /app
COPY src b.json ./
RUN cat deep/a.ts b.json \\
      > /app/c.txt
FROM node:1-alpine
WORKDIR /app
COPY --from=build /app/c.txt ./d/
COPY b.json e.json`);

    expect(await names(image.root)).toEqual(["app/d/c.txt", "app/e.json"]);
    expect(await readFile(image.locate("d/c.txt"), "utf8")).toBe("ab");
  });

  test("ignores the files that .dockerignore names, except its exceptions", async () => {
    const { image } = await build("FROM node:1\nCOPY . /all", "*\n!src\nsrc/none\n");

    expect(await names(image.root)).toEqual(["all/src/deep/a.ts"]);
  });

  test.each([
    ["EXPOSE 80", "not known in a Dockerfile: EXPOSE"],
    ["CMD serve", "needs a shell: serve"],
    ["ENTRYPOINT node main.js", "needs a shell"],
    ["HEALTHCHECK CMD node main.js", "needs a shell"],
    ["HEALTHCHECK NONE", "needs a shell"],
    ["COPY none /", "nothing to copy: none"],
    ["COPY b.json /", "nothing to copy: b.json", "b.json"],
    ["COPY --from=none /a /", "no stage: none"],
    ["COPY --chown=1:1 b.json /", "flags of COPY: chown"],
    ["COPY $A /", "variables are not known"],
    ["RUN echo why && false", "why"],
    ["FROM scratch", "no image of Node"],
    ["LABEL a b", "no pairs"],
    ["nonsense", "no instruction"],
  ])("refuses %s", async (line, message, ignored = "") => {
    await expect(build(`FROM node:1\n${line}`, ignored)).rejects.toThrow(message);
  });
});
