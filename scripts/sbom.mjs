// Writes a software bill of materials (CycloneDX) of the packages that run. Usage: sbom.mjs [FILE];
// without FILE, writes to standard output.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { inProductionFolder } from "./production.mjs";

const [file] = process.argv.slice(2);
const args = ["--sbom-format", "cyclonedx", "--sbom-type", "application", "--package-lock-only"];
const { status, stdout, stderr } = inProductionFolder((cwd) =>
  spawnSync("npm", ["sbom", ...args], { cwd, encoding: "utf8", maxBuffer: Infinity }),
);
if (status !== 0) {
  process.stderr.write(`npm made no bill of materials:\n${stderr}`);
  process.exit(1);
}
const bill = JSON.parse(stdout);
// npm 10 lists a package twice if it is in two folders. The format forbids that.
bill.components = [
  ...new Map(
    bill.components.map((/** @type {{ "bom-ref": string }} */ component) => [
      component["bom-ref"],
      component,
    ]),
  ).values(),
];
const text = `${JSON.stringify(bill, null, 2)}\n`;
if (file === undefined) process.stdout.write(text);
else writeFileSync(file, text);
