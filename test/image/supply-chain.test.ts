import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import lockfile from "../../package-lock.json" with { type: "json" };
import { bundledPackages, checkLicence, renderLicences } from "../../scripts/licences.mjs";
import { productionPackages } from "../../scripts/production.mjs";
import { startRegistry } from "./support/registry.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const execute = promisify(execFile);

interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly { readonly license?: { readonly id?: string } }[];
}

const key = ({ name, version }: { name: string; version: string }) => `${name}@${version}`;

describe("the lockfile", () => {
  test("has a hash for every package", () => {
    const { "": ours, ...packages } = lockfile.packages;

    const without = Object.entries(packages).filter(([, entry]) => !("integrity" in entry));
    expect(without).toEqual([]);
    expect(ours.version).toBe(packageJson.version);
  });
});

describe("npm run sbom", () => {
  test("lists every package that runs once, with its licence", async () => {
    const { stdout } = await execute("node", ["scripts/sbom.mjs"], { cwd: project });

    const bill = JSON.parse(stdout);
    const components: readonly Component[] = bill.components;
    expect(bill).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.5" });
    expect(bill.metadata.component).toMatchObject({
      name: packageJson.name,
      version: packageJson.version,
    });
    expect(components.map(key).sort()).toEqual([...new Set(productionPackages().map(key))].sort());
    expect(components.filter(({ licenses }) => !licenses?.[0]?.license?.id)).toEqual([]);
  });
});

describe("the packages that run", () => {
  test("include all that the sidecar's bundles hold", () => {
    const running = productionPackages().map(key);

    const bundled = bundledPackages("dist/licences").map(key);
    expect(bundled.filter((name) => !running.includes(name))).toEqual([]);
    expect(bundled).not.toEqual([]);
  });
});

describe("npm run licences", () => {
  test("gives the content of docs/licences.md", async () => {
    expect(await readFile(`${project}docs/licences.md`, "utf8")).toBe(renderLicences());
  });

  test.each(["GPL-3.0-only", "UNLICENSED", "SEE LICENSE IN x", "MIT OR GPL-2.0", undefined])(
    "refuses the licence %s",
    (licence) => {
      expect(() => checkLicence("x", licence)).toThrow(/^x has the licence /);
    },
  );
});

describe("npm run audit", () => {
  const vulnerability = (severity: string) => ({
    pino: [
      { id: 1, title: "a vulnerability", severity, vulnerable_versions: "*", url: "", cwe: [] },
    ],
  });

  test.each([
    { name: "no vulnerability", status: 200, advisories: {}, exit: 0 },
    {
      name: "a moderate vulnerability",
      status: 200,
      advisories: vulnerability("moderate"),
      exit: 0,
    },
    {
      name: "a vulnerability of severity high",
      status: 200,
      advisories: vulnerability("high"),
      exit: 1,
    },
    {
      name: "a critical vulnerability",
      status: 200,
      advisories: vulnerability("critical"),
      exit: 1,
    },
    { name: "a registry without advisories", status: 405, advisories: {}, exit: 3 },
    { name: "a registry that fails", status: 500, advisories: {}, exit: 1 },
  ])("exits with $exit for $name", async ({ exit, ...answer }) => {
    const env = await startRegistry(answer, packageJson.devDependencies.pino);

    const audit = spawn("node", ["scripts/audit.mjs"], {
      cwd: project,
      env: { ...process.env, ...env },
      stdio: "ignore",
    });

    expect(await new Promise((resolve) => audit.on("close", resolve))).toBe(exit);
  });
});
