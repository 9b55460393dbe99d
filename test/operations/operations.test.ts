import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { refusals } from "../../scripts/docs/reasons.ts";
import { parseMarkdown } from "../documents/markdown.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { parseSamples } from "../telemetry/support/scrape.ts";
import { scrapeEveryFigure } from "./support/every-figure.ts";
import { namesOf } from "./support/expressions.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const rulesFile = "deploy/prometheus/dingtalk-webhook.rules.yaml";
const scrapeFile = "deploy/prometheus/scrape.example.yaml";
const dashboardFile = "deploy/grafana/dingtalk-webhook.json";

/** The part of an address that Prometheus fills with the reason of an alert. */
const ofReason = "{{ $labels.reason }}";

/** Metrics and labels that Prometheus adds itself. */
const addedMetrics = ["up"];
const addedLabels = ["instance", "job"];

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { name: string; definition?: string }[] };
}

const read = (path: string): Promise<string> => readFile(`${root}/${path}`, "utf8");

async function readRules(): Promise<Rule[]> {
  const { groups } = parse(await read(rulesFile));
  return groups.flatMap(({ rules }: { rules: Rule[] }) => rules);
}

const readDashboard = async (): Promise<Dashboard> => JSON.parse(await read(dashboardFile));

function promtool(args: readonly string[], input = ""): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync("promtool", args, {
    cwd: root,
    input,
    encoding: "utf8",
  });
  return { status, output: `${stdout}${stderr}` };
}

/** Names and labels of the samples of a scrape. */
function offeredBy(scrape: string): { metrics: string[]; labels: string[] } {
  const samples = [...parseSamples(scrape).keys()];
  return {
    metrics: [...samples.map((sample) => sample.replace(/\{.*/s, "")), ...addedMetrics],
    labels: [
      ...samples.flatMap((sample) => [...sample.matchAll(/(\w+)="/g)].map(([, name = ""]) => name)),
      ...addedLabels,
    ],
  };
}

describe("the names in an expression", () => {
  test.each([
    ['sum by (robot) (rate(a_total{x="b_total"}[5m]))', ["a_total"], ["x", "robot"]],
    ["a / on (i) group_left (v) b > 0.5", ["a", "b"], ["i", "v"]],
    ["max_over_time(a[1h]) > 0 and b == 0 unless c offset 10m", ["a", "b", "c"], []],
    [
      'histogram_quantile(0.5, sum by (le) (rate(a_bucket{p="x"}[$__rate_interval])))',
      ["a_bucket"],
      ["p", "le"],
    ],
  ])("are found in %s", (expression, metrics, labels) => {
    const names = namesOf(expression);

    expect([...names.metrics]).toEqual(metrics);
    expect([...names.labels]).toEqual(labels);
  });
});

describe("the alert rules", () => {
  test("are valid for promtool", () => {
    const { status, output } = promtool(["check", "rules", rulesFile]);

    expect(output).toContain("SUCCESS");
    expect(status).toBe(0);
  });

  test("fire when they should", () => {
    const { status, output } = promtool(["test", "rules", "test/operations/rules.test.yaml"]);

    expect(output).toContain("SUCCESS");
    expect(status).toBe(0);
  });

  test("have a test case each", async () => {
    const cases = await read("test/operations/rules.test.yaml");

    const names = (await readRules()).map(({ alert }) => alert);

    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !cases.includes(name))).toEqual([]);
  });

  test("name only metrics and labels that exist", async () => {
    const offered = offeredBy(await scrapeEveryFigure());

    const names = (await readRules()).map(({ expr }) => namesOf(expr));

    const metrics = names.flatMap((one) => [...one.metrics]);
    const labels = names.flatMap((one) => [...one.labels]);
    expect(metrics).toContain("dingtalk_penalty_seconds");
    expect(metrics.filter((name) => !offered.metrics.includes(name))).toEqual([]);
    expect(labels.filter((name) => !offered.labels.includes(name))).toEqual([]);
  });

  test("say what to do and how severe the alert is", async () => {
    const rules = await readRules();

    for (const { annotations, labels } of rules) {
      expect(annotations.summary).toMatch(/.{20,}[;,:] .{10,}/);
      expect(labels.severity).toMatch(
        /^(critical|warning|\{\{ if match .* \}\}critical\{\{ else \}\}warning\{\{ end \}\})$/,
      );
    }
  });

  test("take only reasons for critical that DingTalk gives", async () => {
    const severities = (await readRules()).map(({ labels }) => labels.severity);
    const listed = severities.flatMap((text) => /"\^\((.*)\)\$"/.exec(text)?.[1]?.split("|") ?? []);

    const known = refusals.map(({ reason }) => reason);

    expect(listed).toEqual(
      expect.arrayContaining(["sign-mismatch", "token-unknown", "quota-exceeded"]),
    );
    expect(listed.filter((reason) => !known.includes(reason))).toEqual([]);
  });

  test("lead to a row or a section of docs/errors.md", async () => {
    const { anchors, headings } = parseMarkdown(await read("docs/errors.md"));
    const places = [...anchors, ...headings.map(({ slug }) => slug)];
    const page = /^https:\/\/[\w.:-]+(?:\/[\w.-]+)+\/blob\/main\/docs\/errors\.md#(.+)$/;

    const fragments = (await readRules()).map(
      ({ annotations }) => page.exec(annotations.runbook_url)?.[1],
    );

    expect(fragments).toContain(ofReason);
    expect(fragments.filter((one) => one !== ofReason && !places.includes(one ?? ""))).toEqual([]);
  });

  test("have a reason in each series whose reason they lead to", async () => {
    const rules = await readRules();

    const led = rules.filter(({ annotations }) => annotations.runbook_url.endsWith(`#${ofReason}`));

    expect(led.length).toBeGreaterThan(2);
    for (const { expr } of led) expect(expr).toMatch(/by \(robot, reason/);
  });
});

describe("the example scrape job", () => {
  test("finds pods, and is otherwise valid for promtool, with the rules that it names", async () => {
    const config = parse(await read(scrapeFile));
    // Debian's promtool is built without the discovery of Kubernetes.
    const jobs = config.scrape_configs.map(
      ({ kubernetes_sd_configs: _discovery, ...job }: Record<string, unknown>) => job,
    );
    const rules = config.rule_files.map((name: string) => join(root, "deploy/prometheus", name));
    const file = join(await tempFolder(), "prometheus.json");
    await writeFile(file, JSON.stringify({ rule_files: rules, scrape_configs: jobs }));

    const { status, output } = promtool(["check", "config", file]);

    expect(config.scrape_configs).toMatchObject([{ kubernetes_sd_configs: [{ role: "pod" }] }]);
    expect(output).toContain(`${(await readRules()).length} rules found`);
    expect(status).toBe(0);
  });

  test("has the name that the rules expect", async () => {
    const { scrape_configs: jobs } = parse(await read(scrapeFile));

    const names = jobs.map(({ job_name: name }: { job_name: string }) => name);

    expect(names).toEqual(["dingtalk-webhook"]);
    expect((await readRules()).map(({ expr }) => expr)).toContain(`up{job="${names[0]}"} == 0`);
  });
});

describe("the dashboard", () => {
  test("names only metrics and labels that exist", async () => {
    const offered = offeredBy(await scrapeEveryFigure());

    const { panels, templating } = await readDashboard();

    const targets = panels.flatMap((panel) => panel.targets);
    const variables = templating.list.flatMap(({ definition }) => definition ?? []);
    const inVariables = variables.map((text) =>
      text.replace(/^label_values\((.*), (\w+)\)$/, "sum by ($2) ($1)"),
    );
    const names = [...targets.map(({ expr }) => expr), ...inVariables].map(namesOf);
    const metrics = names.flatMap((one) => [...one.metrics]);
    const legends = targets.flatMap(({ legendFormat }) => [
      ...legendFormat.matchAll(/\{\{(\w+)\}\}/g),
    ]);
    const labels = [
      ...names.flatMap((one) => [...one.labels]),
      ...legends.map(([, name = ""]) => name),
    ];
    expect(metrics).toContain("dingtalk_send_phase_duration_seconds_bucket");
    expect(metrics.filter((name) => !offered.metrics.includes(name))).toEqual([]);
    expect(labels.filter((name) => !offered.labels.includes(name))).toEqual([]);
  });

  test("shows every metric of ours", async () => {
    const scrape = await scrapeEveryFigure();
    const dashboard = await read(dashboardFile);

    const families = [...scrape.matchAll(/^# TYPE (dingtalk_\w+)/gm)].map(([, name = ""]) => name);

    expect(families.length).toBeGreaterThan(10);
    expect(families.filter((name) => !dashboard.includes(name))).toEqual([]);
  });

  test("holds only expressions that are valid for promtool", async () => {
    const { panels } = await readDashboard();
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const rules = expressions.map((expr, n) => ({
      record: `panel:${n}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    }));

    const file = join(await tempFolder(), "dashboard.json");
    await writeFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const { status, output } = promtool(["check", "rules", file]);

    expect(output).toContain(`${expressions.length} rules found`);
    expect(status).toBe(0);
  });
});

describe("the scrape", () => {
  test("follows Prometheus' conventions", async () => {
    const scrape = await scrapeEveryFigure();
    const own = scrape.split("\n\n").filter((family) => family.includes("dingtalk_"));

    const { status, output } = promtool(["check", "metrics"], `${own.join("\n")}\n`);

    expect(output).toBe("");
    expect(status).toBe(0);
  });
});

describe.each(["docs/observability.md", "docs/observability.zh-CN.md"])("%s", (file) => {
  test("lists exactly our metrics", async () => {
    const scrape = await scrapeEveryFigure();
    const named = [...scrape.matchAll(/^# TYPE (dingtalk_\w+)/gm)].map(([, name]) => name);

    const listed = [...(await read(file)).matchAll(/^\| `(dingtalk_\w+)` \|/gm)];

    expect(listed.map(([, name]) => name).sort()).toEqual(named.sort());
  });
});
