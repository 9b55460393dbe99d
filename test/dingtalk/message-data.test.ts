import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { InvalidMessageError } from "../../src/dingtalk/errors.ts";
import { parseMessage } from "../../src/dingtalk/message.ts";
import { parseMessageJson, readMessageObject } from "../../src/dingtalk/message-data.ts";

const parse = (data: string | Uint8Array) => parseMessage(Buffer.from(data));
const hi = { msgtype: "text", text: { content: "hi" } };
const json = JSON.stringify(hi);
const bytes = [...Buffer.from(json)];
const gzip = gzipSync(json);
const base64 = (data: string | Buffer): string => Buffer.from(data).toString("base64");

describe("parseMessage takes for a message", () => {
  test.each([
    ["single quotes", "{'msgtype':'text','text':{'content':'hi'}}"],
    ["unquoted keys", "{msgtype: 'text', text: {content: 'hi'}}"],
    ["trailing commas", '{"msgtype":"text","text":{"content":"hi",},}'],
    ["comments", '// note\n{"msgtype":"text", /* x */ "text":{"content":"hi"}}'],
    [
      "single quotes in a JSON string",
      JSON.stringify("{'msgtype':'text','text':{'content':'hi'}}"),
    ],
    ["JSON in a JSON string in a JSON string", JSON.stringify(JSON.stringify(json))],
    ["base64 of .NET", JSON.stringify(Buffer.from(json).toString("base64"))],
    ["base64 without quotes", Buffer.from(json).toString("base64")],
    ["base64url", JSON.stringify(Buffer.from(json).toString("base64url"))],
    ["base64 in lines", JSON.stringify(`${Buffer.from(` ${json}`).toString("base64")}\n`)],
    [
      "base64 of a byte order mark",
      JSON.stringify(Buffer.from(`\ufeff${json}`).toString("base64")),
    ],
    ["a Buffer of Node", JSON.stringify(Buffer.from(json))],
    ["a Uint8Array of Node", JSON.stringify(Uint8Array.from(bytes))],
    ["a Buffer in a JSON string", JSON.stringify({ type: "Buffer", data: bytes })],
    ["a list of bytes", JSON.stringify(bytes)],
    ["a list of Java's bytes", JSON.stringify([...Int8Array.from(bytes)])],
    [
      "base64 of base64",
      JSON.stringify(Buffer.from(Buffer.from(json).toString("base64")).toString("base64")),
    ],
    [
      "base64 of a JSON string",
      JSON.stringify(Buffer.from(JSON.stringify(json)).toString("base64")),
    ],
    ["an address of data", `data:application/json;base64,${Buffer.from(json).toString("base64")}`],
    ["hexadecimal digits", JSON.stringify(Buffer.from(json).toString("hex"))],
    ["a form", `payload=${encodeURIComponent(json)}`],
    ["an address's spelling", JSON.stringify(encodeURIComponent(json))],
    [
      "a form of a form's blanks",
      encodeURIComponent(JSON.stringify(hi, null, 1)).replaceAll("%20", "+"),
    ],
    ["hexadecimal digits of PostgreSQL", `\\x${Buffer.from(json).toString("hex")}`],
    ["an address's spelling of its spelling", encodeURIComponent(encodeURIComponent(json))],
    ["a Buffer with base64", JSON.stringify({ type: "Buffer", data: base64(json) })],
    [
      "a Uint8Array with its length",
      JSON.stringify({ ...Uint8Array.from(bytes), length: bytes.length }),
    ],
    ["gzip", gzip],
    ["zlib", deflateSync(json)],
    ["gzip of gzip", gzipSync(gzip)],
    ["base64 of gzip", JSON.stringify(base64(gzip))],
    ["base64 of gzip without quotes", base64(gzip)],
    ["base64url of zlib", JSON.stringify(deflateSync(json).toString("base64url"))],
    ["base64 of base64 of gzip", JSON.stringify(base64(base64(gzip)))],
    ["base64 of gzip of base64", JSON.stringify(base64(gzipSync(base64(json))))],
    ["hexadecimal digits of gzip", JSON.stringify(gzip.toString("hex"))],
    ["a Buffer of gzip", JSON.stringify(gzip)],
    ["a Buffer of gzip in a JSON string", JSON.stringify(JSON.stringify(gzip))],
    ["a Uint8Array of gzip", JSON.stringify(Uint8Array.from(gzip))],
    ["a list of Java's bytes of gzip", JSON.stringify([...Int8Array.from(gzip)])],
    ["JSON after a byte order mark", `\ufeff${json}`],
    ["JSON after a byte order mark in a JSON string", JSON.stringify(`\ufeff${json}`)],
  ])("%s", (_case, data) => {
    const message = parse(data);

    expect(message.body).toEqual(hi);
    expect(JSON.parse(message.json)).toEqual(hi);
  });

  test("raw line breaks in strings", () => {
    const { body, json } = parse('{"msgtype":"markdown","markdown":{"title":"t","text":"a\n\nb"}}');

    expect(body).toHaveProperty("markdown.text", "a\n\nb");
    expect(JSON.parse(json)).toEqual(body);
  });
});

describe("parseMessage refuses", () => {
  test.each([
    ["Python's words", "{'msgtype':'text','text':{'content':'hi'},'at':None}", ""],
    ["a quote that is not escaped", `{'msgtype':'text','text':{'content':'it's'}}`, ""],
    ["typographic quotes", "{“msgtype”:“text”,“text”:{“content”:“hi”}}", ""],
    ["an escape without a meaning", '{"msgtype":"text","text":{"content":"C:\\dir"}}', ""],
    ["a form that is not encoded", `payload=${json}`, ""],
    ["an event of a stream", `data: ${json}`, ""],
    ["JSON behind a name", `message: ${json}`, ""],
    ["a broken message in an address's spelling", encodeURIComponent(json.slice(0, -1)), ""],
    ["an argument of a command line", `-d '${json}'`, ""],
    ["a page's spelling", JSON.stringify(json.replaceAll('"', "&quot;")), ""],
    ["escaped quotes", JSON.stringify(json.replaceAll('"', "\\u0022")), ""],
    ["full-width braces", '｛"msgtype":"text"｝', ""],
    ["YAML", "msgtype: text\ntext:\n  content: hi", ""],
    ["a map as Go prints it", "map[msgtype:text text:map[content:hi]]", ""],
    ["bytes of a text", "[65]", ""],
    ["bytes of a longer text", JSON.stringify([...Buffer.from("disk full")]), ""],
    ["bytes as Python prints them", `b'${json}'`, ""],
    ["an object as Java prints it", "{msgtype=text, text={content=hi}}", ""],
    ["a code block", `\`\`\`json\n${json}\n\`\`\``, ""],
    ["two messages", json + json, ""],
    ["full-width marks", "{'msgtype'：'text'}", ""],
    ["no end", '{"msgtype":"text","text":{"content":"hi"', ""],
    ["a message in a list", JSON.stringify(JSON.stringify([hi])), ""],
    [
      "a content without msgtype in a string",
      JSON.stringify('{"text":{"content":"hi"}}'),
      "msgtype",
    ],
    ["another case in a string", JSON.stringify('{"MsgType":"text"}'), "msgtype"],
    ["base64 of a broken message", Buffer.from(json.slice(0, -1)).toString("base64"), ""],
    ["a list of messages", JSON.stringify([hi, hi]), ""],
    ["a message in each line", JSON.stringify(`${json}\n${json}`), ""],
    ["a form of DingTalk's former clients", 'msgtype=text&text={"content":"hi"}', ""],
    ["a broken file of gzip", gzip.subarray(0, 30), ""],
    ["base64 of a broken file of gzip", JSON.stringify(base64(gzip.subarray(0, 30))), ""],
    ["gzip of too much", JSON.stringify(base64(gzipSync(Buffer.alloc(1_000_000)))), ""],
    ["Zstandard", JSON.stringify(Buffer.from("28b52ffd0458810000", "hex")), ""],
    ["base64 of UTF-16", JSON.stringify(base64(Buffer.from(json, "utf16le"))), ""],
    ["base64 of UTF-16 with its mark", base64(Buffer.from(`\ufeff${json}`, "utf16le")), ""],
    ["a Buffer of UTF-16", JSON.stringify(Buffer.from(json, "utf16le")), ""],
    ["UTF-16", Buffer.from("disk full", "utf16le"), ""],
    ["UTF-16 of a message", Buffer.from(json, "utf16le"), ""],
    ["NULs in a JSON string", '"d\\u0000i\\u0000"', ""],
    ["numbers that are no bytes", "[123,256]", ""],
    ["a list of nothing", "[]", ""],
    ["a deep message", `{"msgtype":"x","x":${"[".repeat(9000)}${"]".repeat(9000)}}`, ""],
    ["a deep lenient message", `{'msgtype':'x','x':${"[".repeat(9000)}${"]".repeat(9000)}}`, ""],
  ])("%s", (_case, data, field) => {
    const act = (): unknown => parse(data);

    expect(act).toThrow(InvalidMessageError);
    expect(act).toThrow(expect.objectContaining({ field }));
  });

  test.each([
    ["a CloudEvent", { specversion: "1.0", type: "t", source: "s", data: hi }],
    ["an Alertmanager notification", { version: "4", status: "firing", receiver: "x", alerts: [] }],
    ["a Grafana notification", { receiver: "x", orgId: 1, alerts: [{}], title: "t" }],
    ["a Grafana notification", { ruleName: "cpu", evalMatches: [], state: "alerting" }],
    ["a call of the binding", { operation: "create", data: hi }],
    ["a message for Feishu", { msg_type: "text", content: { text: "hi" } }],
    ["a Grafana notification", { ruleId: 1, title: "t", state: "ok", message: "x" }],
    ["a message of DingTalk's OpenAPI", { msgKey: "sampleText", msgParam: "{}" }],
    ["an object around a message", { message: hi }],
    ["a message for Feishu (text.text)", { msgtype: "text", text: { text: "hi" } }],
    ["a message for Slack", { text: "hi" }],
    ["a message for Slack", { blocks: [{ type: "section" }] }],
    ["a message for Discord", { content: "hi" }],
    ["a message for Teams", { "@type": "MessageCard", text: "hi" }],
    ["a message for WeCom", { msgtype: "markdown", markdown: { content: "# hi" } }],
    ["text is a text, DingTalk reads an object", { msgtype: "text", text: "hi" }],
    ["msgtype is actioncard, DingTalk reads actionCard", { msgtype: "actioncard" }],
    ["msgtype is action_card, DingTalk reads actionCard", { msgtype: "action_card" }],
  ])("what it names %s", (name, body) => {
    expect(() => parse(JSON.stringify(body))).toThrow(name);
  });

  test.each([
    ["a CloudEvent", { specversion: "1.0", data: "hi" }],
    ["a message for Slack", { text: "hi", channel: "#ops" }],
    ["a message for Discord", { content: "hi" }],
  ])("%s in a JSON string", (name, body) => {
    expect(() => parse(JSON.stringify(JSON.stringify(body)))).toThrow(`this is ${name}`);
  });
});

const alert = { status: "firing", labels: {}, annotations: {}, startsAt: "2026-01-01T00:00:00Z" };

/** What users have sent to a robot, shortened. */
const foreign: readonly (readonly [name: string, body: object])[] = [
  ["a CloudEvent", { specversion: "1.0", type: "t", source: "s", data: "hi" }],
  ["a list that holds a CloudEvent", [{ specversion: "1.0", type: "t", source: "s" }]],
  ["an Alertmanager notification", { status: "firing", receiver: "x", alerts: [{}] }],
  ["a list that holds an alert of Alertmanager", [alert]],
  ["a list that holds an alert of Alertmanager", [{ status: "firing" }]],
  ["an alert of Alertmanager", { labels: {}, annotations: {}, startsAt: "x" }],
  ["a Grafana notification", { receiver: "x", orgId: 1, alerts: [alert], state: "alerting" }],
  ["a Grafana notification", { ruleId: 1, ruleName: "cpu", evalMatches: [], state: "ok" }],
  ["a notification of Zabbix", { alert_subject: "s", alert_message: "m", event_id: "1" }],
  ["a notification of Zabbix", { event_id: "1", trigger_severity: "High", host_name: "db" }],
  ["a mail of Zabbix", { to: "ops", subject: "disk", message: "full" }],
  ["a notification of Jenkins", { name: "j", build: { number: 5, phase: "COMPLETED" } }],
  ["a notification of Jenkins", { jobName: "j", buildNumber: 5, buildUrl: "http://j" }],
  ["an event of GitLab", { object_kind: "push", project_id: 15, commits: [] }],
  ["an event of GitHub", { ref: "refs/heads/main", repository: { full_name: "a/b" } }],
  ["an event of GitHub", { zen: "Keep it simple.", hook_id: 1 }],
  ["an event of GitHub", { action: "member_added", sender: { login: "a" } }],
  ["an alarm of SkyWalking", { scopeId: 1, alarmMessage: "slow" }],
  ["a list that holds an alarm of SkyWalking", [{ scopeId: 1, alarmMessage: "slow" }]],
  ["a notification of Amazon SNS", { Type: "Notification", TopicArn: "arn", Message: "m" }],
  ["an alert of Azure Monitor", { schemaId: "azureMonitorCommonAlertSchema", data: {} }],
  ["a Kubernetes object", { apiVersion: "v1", kind: "Event", metadata: {} }],
  ["a notification of Uptime Kuma", { heartbeat: {}, monitor: {}, msg: "down" }],
  ["an issue of Sentry", { project: "p", culprit: "f", event: {} }],
  ["an alert of a cloud's monitoring", { incident: {}, version: "1.2" }],
  ["an alert of Nightingale", { rule_name: "cpu", severity: 1 }],
  ["a report of SonarQube", { taskId: "1", qualityGate: {} }],
  ["an event of Jira", { webhookEvent: "jira:issue_created" }],
  ["an event of Harbor", { type: "PUSH_ARTIFACT", occur_at: 1, event_data: {} }],
  ["a message for Slack", { text: "hi", channel: "#ops" }],
  ["a message for Slack", { attachments: [{ color: "red" }] }],
  ["a message for Teams", { type: "message", attachments: [{ contentType: "x" }] }],
  ["a message for Teams", { type: "AdaptiveCard", body: [] }],
  ["a message for Discord", { username: "ops", embeds: [{ title: "t" }] }],
  ["a message for Telegram", { chat_id: 1, text: "hi" }],
  ["a message for Google Chat", { cardsV2: [{ card: {} }] }],
  ["a message for Feishu", { msg_type: "text", content: { text: "hi" } }],
  ["a message for Feishu", { schema: "2.0", body: { elements: [] } }],
  ["a message for a push service", { title: "disk", message: "full", priority: 5 }],
  ["a message for WeCom (news)", { msgtype: "news", news: { articles: [] } }],
  [
    "a message for WeCom (template_card)",
    { msgtype: "template_card", template_card: { card_type: "text_notice" } },
  ],
  ["a message for WeCom (image)", { msgtype: "image", image: { base64: "x", md5: "y" } }],
  ["a content without its msgtype", { title: "disk", text: "full" }],
  ["an interactive card of DingTalk's OpenAPI", { cardTemplateId: "x", outTrackId: "y" }],
];

const spellings: Readonly<Record<string, (json: string) => string>> = {
  "as it is": (json) => json,
  "in a JSON string": JSON.stringify,
  "in a JSON string in a JSON string": (json) => JSON.stringify(JSON.stringify(json)),
  "with single quotes": (json) => json.replaceAll('"', "'"),
  "with single quotes in a JSON string": (json) => JSON.stringify(json.replaceAll('"', "'")),
  "as base64": (json) => Buffer.from(json).toString("base64"),
  "as base64 in a JSON string": (json) => JSON.stringify(Buffer.from(json).toString("base64")),
  "as a form": (json) => `payload=${encodeURIComponent(json)}`,
  "as base64url in a JSON string": (json) =>
    JSON.stringify(Buffer.from(json).toString("base64url")),
  "as base64 of gzip": (json) => JSON.stringify(base64(gzipSync(json))),
  "as a list of bytes": (json) => JSON.stringify([...Buffer.from(json)]),
  "as a list of bytes in a JSON string": (json) =>
    JSON.stringify(JSON.stringify([...Buffer.from(json)])),
  "as a Buffer": (json) => JSON.stringify(Buffer.from(json)),
  "as a Buffer in a JSON string": (json) => JSON.stringify(JSON.stringify(Buffer.from(json))),
  "as a map of bytes": (json) => JSON.stringify(Uint8Array.from(Buffer.from(json))),
  "as a map of bytes of gzip": (json) => JSON.stringify(Uint8Array.from(gzipSync(json))),
};

describe("another program's body is named, not shown, when it comes", () => {
  test.each(
    foreign.flatMap(([name, body]) =>
      Object.entries(spellings).map(([how, write]) => [how, name, write(JSON.stringify(body))]),
    ),
  )("%s: %s", (_how, name, data) => {
    expect(() => parse(data ?? "")).toThrow(name);
  });

  test.each([
    ["as Python prints it", "{'status': 'firing', 'alerts': [{}], 'receiver': None}"],
    ["one in each line", '{"status":"firing","alerts":[{}],"receiver":"x"}\n{}'],
  ])("%s", (_how, text) => {
    expect(() => parse(text)).toThrow("this is an Alertmanager notification, but no valid JSON");
    expect(() => parse(JSON.stringify(text))).toThrow("this is an Alertmanager notification");
  });
});

describe("parseMessage unpacks", () => {
  test.each([
    ["gzip", gzipSync("disk full")],
    ["base64 of gzip", base64(gzipSync("disk full"))],
    ["a Buffer of zlib", JSON.stringify(deflateSync("disk full"))],
    ["a Buffer", JSON.stringify(Buffer.from("disk full"))],
  ])("a text in %s", (_case, data) => {
    expect(parse(data).body).toEqual({ msgtype: "text", text: { content: "disk full" } });
  });
});

describe("parseMessage sends as text", () => {
  test.each([
    ["a line of a log that names msgtype", '{"level":"warn","msg":"unknown msgtype: card"}'],
    ["a line of a log that quotes a message", JSON.stringify({ level: "warn", sent: json })],
    ["a line of a log with a message's field", '{"level":"warn","text":"msgtype=x","n":1}'],
    ["a line of a log that tells of an alert", '{"level":"info","status":"resolved","msg":"x"}'],
    ["a list of words", '["disk","full"]'],
    ["a list of lines of a log", '[{"level":"warn","msg":"disk full"}]'],
    ["a list in brackets", "[ALERT] [db1] disk full"],
    ["words that begin as zlib does", "x^2 + y^2 = z^2"],
    ["a path", "/var/log is full"],
    ["words with braces", "{disk} is full; msgtype=text"],
    ["words that name msgtype", "the msgtype: text was refused"],
    ["quoted words", '"disk full"'],
    ["a hash", "7b".repeat(32)],
    ["a word like base64 of zlib", "eJournal-of-the-node-17-is-full"],
    ["a word like base64", "eyes-on-the-disk-of-node-17"],
    ["a word before a colon", "msgtype: I do not know it"],
    ["base64 of words", Buffer.from("the disk is full again").toString("base64")],
    ["an address's spelling of words", "%7Bdisk%7D"],
    ["a broken spelling of an address", "%7B%"],
  ])("%s", (_case, content) => {
    expect(parse(JSON.stringify(content)).body).toEqual({ msgtype: "text", text: { content } });
  });
});

describe("parseMessageJson", () => {
  test("reads a lenient object", () => {
    expect(parseMessageJson("{'a':1}")).toEqual({ a: 1 });
  });

  test.each(["1", "[]", "'a'", "x", "", `{"a":${"[".repeat(100)}${"]".repeat(100)}}`])(
    "does not read %s",
    (text) => {
      expect(parseMessageJson(text)).toBeUndefined();
    },
  );
});

describe("readMessageObject", () => {
  test.each([json, "{'msgtype':'text','text':{'content':'hi'}}"])("reads %s", (text) => {
    expect(readMessageObject(Buffer.from(text)).body).toEqual(hi);
  });

  test.each(["hi", '"hi"', "5", "", JSON.stringify(json)])("refuses %s", (text) => {
    expect(() => readMessageObject(Buffer.from(text))).toThrow(InvalidMessageError);
  });
});
