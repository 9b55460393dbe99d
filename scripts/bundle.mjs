// Makes dist/, which is shipped: the sidecar in four files, the sandbox, and the sandbox's page.
// With the packages outside of the bundles, a start takes 1.25 × the CPU time (138 ms instead of
// 110 ms on Node 26), and the process holds 11 MB more at rest.
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * The options of all bundles. Names of functions are kept for the stack traces in a log.
 *
 * @type {import("esbuild").BuildOptions}
 */
const common = {
  absWorkingDir: root,
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 200,
  legalComments: "none",
  logLevel: "warning",
};

/**
 * The options of bundles for Node. CommonJS, because Node loads an ES module more slowly. `__dirname`
 * is a folder of which `../../proto` is `dist/packages/proto`: @grpc/reflection and
 * grpc-health-check look for their `.proto` files there.
 *
 * @type {import("esbuild").BuildOptions}
 */
const forNode = {
  ...common,
  format: "cjs",
  platform: "node",
  target: "node20.18",
  metafile: true,
  banner: {
    js: `"use strict";
const $url = require("node:url").pathToFileURL(__filename).href;
const $folder = __dirname + "/packages/build/src";`,
  },
  define: { "import.meta.url": "$url", __dirname: "$folder" },
};

/**
 * The packages of `first-call.js`, as expressions by the names that src/ uses. The file is loaded
 * when daprd calls for the first time.
 *
 * undici's index would load all of undici: 6 MB more at rest than the Pool alone, on Node 20 and 26.
 */
const firstCall = {
  "@grpc/proto-loader": 'require("@grpc/proto-loader")',
  "@grpc/reflection": 'require("@grpc/reflection")',
  "grpc-health-check": 'require("grpc-health-check")',
  undici: '{ Pool: require("./node_modules/undici/lib/dispatcher/pool.js") }',
};

/**
 * Conditions that leave the native packages `bufferutil` and `utf-8-validate` out of ws: they would be
 * loaded from wherever Node finds them.
 */
const plainWs = {
  "process.env.WS_NO_BUFFER_UTIL": '"1"',
  "process.env.WS_NO_UTF_8_VALIDATE": '"1"',
};

/** Packages that only some users need. They are loaded from node_modules when they are needed. */
const optionalPackages = ["@opentelemetry/*", "@redis/client", "prom-client", "yaml"];

rmSync(`${root}dist`, { recursive: true, force: true });
await bundleSidecar();
await bundleSandbox();
// Resolves the import of the sandbox in main.js, as the imports of the root's package.json do in src/.
const imports = { "#sandbox": "./sandbox/command.js" };
writeFileSync(`${root}dist/package.json`, `${JSON.stringify({ type: "commonjs", imports })}\n`);

/**
 * Bundles the sidecar's commands. grpc-js has a file of its own because both `main.js` and
 * `first-call.js` use it, and ws has one because only components with `receive: stream` need it.
 */
async function bundleSidecar() {
  const alias = { "@grpc/grpc-js": "./grpc.js" };
  const grpc = await build({
    ...forNode,
    entryPoints: ["@grpc/grpc-js"],
    outfile: "dist/grpc.js",
    // Only services that the sidecar does not offer use it.
    external: ["@grpc/proto-loader"],
  });
  const getters = Object.entries(firstCall).map(([name, code]) => `"${name}": () => (${code}),`);
  const calls = await build({
    ...forNode,
    stdin: { contents: `module.exports = { ${getters.join("\n")} };`, resolveDir: root },
    outfile: "dist/first-call.js",
    alias,
    external: ["./grpc.js"],
  });
  const ws = await build({
    ...forNode,
    entryPoints: ["ws"],
    outfile: "dist/ws.js",
    define: { ...forNode.define, ...plainWs },
  });
  const main = await build({
    ...forNode,
    entryPoints: ["src/main.ts"],
    outfile: "dist/main.js",
    alias: {
      ...alias,
      "grpc-health-check": inline(
        `module.exports = require("./first-call.js")["grpc-health-check"]()`,
      ),
      "node:module": inline(
        `exports.createRequire = () => (name) =>
          name === "ws" ? require("./ws.js") : require("./first-call.js")[name]();`,
      ),
    },
    external: ["./grpc.js", "./first-call.js", "./ws.js", "#sandbox", ...optionalPackages],
  });
  checkLoadedOnce(main);
  for (const bundle of [grpc, calls, ws, main]) copyLicences(bundle, "dist/licences");
  copyFiles("node_modules/@grpc/reflection/build/proto", "dist/packages/proto", /^grpc\//);
  copyFiles("node_modules/grpc-health-check/proto", "dist/packages/proto", /^health\//);
}

/**
 * Checks that `main.js` holds no package of `first-call.js`. An import of undici without
 * `createRequire` made `main.js` larger by 0.7 MB.
 *
 * @param {import("esbuild").BuildResult} main
 */
function checkLoadedOnce({ metafile }) {
  const inputs = Object.keys(metafile?.inputs ?? {});
  const double = Object.keys(firstCall).find((name) =>
    inputs.some((path) => path.startsWith(`node_modules/${name}/`)),
  );
  if (double !== undefined) throw new Error(`src/ imports ${double} without createRequire`);
}

/** Bundles the sandbox with all its packages and their licences, and its page. */
async function bundleSandbox() {
  const command = await build({
    ...forNode,
    entryPoints: ["sandbox/command.ts"],
    outfile: "dist/sandbox/command.js",
    define: { ...forNode.define, ...plainWs },
  });
  copyLicences(command, "dist/sandbox/licences");
  await build({
    ...common,
    entryPoints: ["sandbox/page/main.ts"],
    outfile: "dist/sandbox/page/main.js",
    format: "esm",
    target: "es2023",
  });
  copyFiles("sandbox/page", "dist/sandbox/page", /\.(css|html|svg)$/);
}

/**
 * Copies the licence texts of the packages that a bundle holds.
 *
 * @param {import("esbuild").BuildResult} bundle
 * @param {string} target
 */
function copyLicences({ metafile }, target) {
  const folders = Object.keys(metafile?.inputs ?? {}).flatMap(
    (path) => /^node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(path)?.[0] ?? [],
  );
  for (const folder of new Set(folders)) {
    copyFiles(folder, folder.replace("node_modules", target), /^(licen[cs]e|notice)/i);
  }
}

/**
 * A module in place of a package.
 *
 * @param {string} code
 */
function inline(code) {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/**
 * Copies the files of a folder whose paths inside the folder match.
 *
 * @param {string} source
 * @param {string} target
 * @param {RegExp} pattern
 */
function copyFiles(source, target, pattern) {
  const entries = readdirSync(`${root}${source}`, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(`${root}${source}`, join(entry.parentPath, entry.name)))
    .filter((path) => pattern.test(path));
  if (paths.length === 0) throw new Error(`${source} has no file ${pattern}`);
  for (const path of paths) cpSync(`${root}${source}/${path}`, `${root}${target}/${path}`);
}
