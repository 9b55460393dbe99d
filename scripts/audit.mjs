// Asks the registry for known vulnerabilities of the packages that run. Exits with 0 if none is of
// severity high or critical, with 1 if one is or if the registry fails, and with 3 if the registry
// offers no advisories, as some mirrors do.
import { spawnSync } from "node:child_process";
import { inProductionFolder } from "./production.mjs";

const notOffered = [404, 405, 501];

const { status, stdout, stderr } = inProductionFolder((cwd) =>
  spawnSync("npm", ["audit", "--json", "--audit-level", "high"], { cwd, encoding: "utf8" }),
);
const report = parse(stdout);
const found = report?.metadata?.vulnerabilities;
if (found !== undefined) {
  for (const { name, severity, range } of Object.values(report.vulnerabilities)) {
    process.stdout.write(`${severity}: ${name} ${range}\n`);
  }
  process.stdout.write(
    `known vulnerabilities: ${found.total}; ${found.high + found.critical} high or worse\n`,
  );
  process.exitCode = status === 0 ? 0 : 1;
} else if (notOffered.includes(report?.statusCode)) {
  process.stderr.write(
    `NOT AUDITED: this registry offers no advisories (${report.statusCode}); run it with one that does\n`,
  );
  process.exitCode = 3;
} else {
  process.stderr.write(`npm audit failed: ${report?.message ?? stderr}\n`);
  process.exitCode = 1;
}

/**
 * The value of a JSON text, or undefined for another text.
 *
 * @param {string} text
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
