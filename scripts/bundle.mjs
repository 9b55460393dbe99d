// Makes of build/ what is shipped in dist/: three CommonJS files in place of hundreds of modules,
// since finding and compiling modules is most of a start. Names are kept, for the traces in a log.
// Packages that only some users need stay packages.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = `${root}build${sep}`;
const dist = `${root}dist/`;
const packages = `${sep}node_modules${sep}`;

/** Files besides main.js, and the packages in each: those are loaded together, or not at all. */
const files = {
  "grpc.js": ["@grpc/grpc-js"],
  "first-call.js": [
    "@grpc/proto-loader",
    "@grpc/reflection",
    "grpc-health-check",
    "undici/lib/dispatcher/pool.js",
  ],
};
const fileOf = new Map(
  Object.entries(files).flatMap(([file, names]) => names.map((name) => [name, file])),
);
/** Packages that main.js takes in. */
const takenIn = new Set(["pino"]);

/** Modules go on to find what lies beside them, as if each were a file of its own. */
const banner = `"use strict";
const $url = (place) => require("node:url").pathToFileURL(__dirname + "/" + place).href;
const $folder = (name, path) => require.resolve(name + "/package.json").slice(0, -12) + path;`;

/**
 * @param {string} target the file that is made
 * @returns {import("esbuild").Plugin}
 */
function pluginFor(target) {
  return {
    name: "places",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
        if (kind === "entry-point" || importer === "<stdin>") return undefined;
        const file = fileOf.get(path);
        if (file !== undefined && file !== target) return { path, namespace: "other-file" };
        const isPackage = importer.startsWith(modules) && !takenIn.has(path);
        return isPackage ? { path, external: true } : undefined;
      });
      onLoad({ filter: /./, namespace: "other-file" }, ({ path }) => {
        const [file, name] = [`./${fileOf.get(path)}`, path].map((text) => JSON.stringify(text));
        return { contents: `module.exports = require(${file})[${name}];` };
      });
      onResolve({ filter: /./, namespace: "other-file" }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /\.js$/, namespace: "file" }, ({ path }) => {
        const code = readFileSync(path, "utf8");
        return {
          contents: path.startsWith(modules) ? placeOurs(code, path) : placeTheirs(code, path),
        };
      });
    },
  };
}

/**
 * The bundler knows a `require` that is nobody's, so a module's own goes.
 *
 * @param {string} code
 * @param {string} path
 */
function placeOurs(code, path) {
  const place = JSON.stringify(relative(modules, path).replaceAll(sep, "/"));
  const placed = code
    .replace(/^const require = createRequire\(import\.meta\.url\);$/m, "")
    .replaceAll("import.meta.url", `$url(${place})`);
  // It would be loaded from node_modules, beside what is taken in.
  if (placed.includes("createRequire(")) throw new Error(`${path} has a require of its own`);
  return placed;
}

/**
 * @param {string} code
 * @param {string} path
 */
function placeTheirs(code, path) {
  if (!/\b__dirname\b/.test(code)) return code;
  const inside = path.slice(path.lastIndexOf(packages) + packages.length).split(sep);
  const name = inside.splice(0, inside[0]?.startsWith("@") ? 2 : 1).join("/");
  const folder = [name, dirname(inside.join("/"))].map((part) => JSON.stringify(part));
  return code.replaceAll(/\b__dirname\b/g, `$folder(${folder})`);
}

/**
 * @param {string} file
 * @param {import("esbuild").BuildOptions} entry
 */
function bundle(file, entry) {
  return build({
    ...entry,
    outfile: dist + file,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20.18",
    banner: { js: banner },
    plugins: [pluginFor(file)],
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    legalComments: "none",
    logLevel: "warning",
  });
}

/** @param {readonly string[]} names */
function getters(names) {
  const lines = names.map((name) => {
    const text = JSON.stringify(name);
    return `Object.defineProperty(exports, ${text}, { get: () => require(${text}) });`;
  });
  return { stdin: { contents: lines.join("\n"), resolveDir: root } };
}

rmSync(dist, { recursive: true, force: true });
await bundle("main.js", { entryPoints: [`${modules}src/main.js`] });
for (const [file, names] of Object.entries(files)) await bundle(file, getters(names));
writeFileSync(`${dist}package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
