// Asks the registry for known holes in what runs. Exits with 0 when there is none of severity high
// or critical, with 1 when there is or the answer is no answer, and with 3 when the registry does
// not offer this, as some mirrors do not.
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
    `known holes: ${found.total}; ${found.high + found.critical} high or worse\n`,
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

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
