import { describe, expect, test } from "vitest";
import { untilReading } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually, passTimeUntil } from "../support/eventually.ts";
import { type Answer, acceptMessage, jsonAnswer } from "../support/robot.ts";
import { parseSamples, type Scraped, startScraped } from "./support/scrape.ts";

const text = { msgtype: "text", text: { content: "words of the message" } };
const refuse = (errcode: number, errmsg = "no"): Answer => jsonAnswer({ errcode, errmsg });
const reset: Answer = (response) => response.socket?.resetAndDestroy();

const inTurn = (...answers: Answer[]): Answer => {
  return (response, post) => (answers.shift() ?? acceptMessage)(response, post);
};

/** Calls `create` and lets the pauses between attempts pass, whatever the outcome. */
async function create({ component, daprd }: Scraped, message: unknown = text): Promise<void> {
  await passTimeUntil(component.clock, daprd.create(message)).catch(() => {});
}

const queued = (scraped: Scraped): Promise<true> =>
  eventually(async () => {
    return (await scraped.value('dingtalk_queue_length{robot="a"}')) === 1 || undefined;
  });

describe("dingtalk_sends_total", () => {
  test.each<[string, Answer, unknown, string]>([
    ["accepted", acceptMessage, text, 'outcome="accepted",reason="",errcode="0"'],
    [
      "refused",
      refuse(300005, "token is not exist"),
      text,
      'outcome="refused",reason="token-unknown",errcode="300005"',
    ],
    ["unreachable", reset, text, 'outcome="unreachable",reason="connection-lost",errcode=""'],
    [
      "invalid",
      acceptMessage,
      { msgtype: "text" },
      'outcome="invalid",reason="invalid-message",errcode=""',
    ],
  ])("counts a message that is %s", async (_outcome, answer, message, labels) => {
    const scraped = await startScraped(answer, { retries: "0" });

    await create(scraped, message);

    expect(await scraped.value(`dingtalk_sends_total{robot="a",${labels}}`)).toBe(1);
  });

  test("counts a message that is not sent for lack of budget", async () => {
    const scraped = await startScraped(acceptMessage, {
      messagesPerMinute: "1",
      overflow: "reject",
    });
    const sample =
      'dingtalk_sends_total{robot="a",outcome="not_sent",reason="over-budget",errcode=""}';

    await create(scraped);
    await create(scraped, { ...text, text: { content: "another" } });

    expect(await scraped.value(sample)).toBe(1);
  });

  test("counts a call with invalid metadata", async () => {
    const scraped = await startScraped();

    const call = scraped.daprd.create(text, { metadata: { maxWait: "soon" } });

    await expect(call).rejects.toThrow();
    const samples = [...parseSamples(await scraped.text())].filter(([sample]) =>
      sample.startsWith('dingtalk_sends_total{robot="a",outcome="invalid"'),
    );
    expect(samples.map(([, value]) => value)).toEqual([1]);
  });

  test("has at most a hundred values of errcode", async () => {
    let errcode = 1_000_000;
    const scraped = await startScraped(
      (response, post) => {
        errcode += 1;
        refuse(errcode)(response, post);
      },
      { messagesPerMinute: "0" },
    );

    for (let n = 0; n < 102; n += 1) {
      await scraped.daprd.create({ ...text, text: { content: String(n) } }).catch(() => {});
    }

    const sample =
      'dingtalk_sends_total{robot="a",outcome="refused",reason="refused",errcode="other"}';
    expect(await scraped.value(sample)).toBe(2);
  });
});

describe("dingtalk_send_phase_duration_seconds", () => {
  const sum = (phase: string): string =>
    `dingtalk_send_phase_duration_seconds_sum{robot="a",phase="${phase}"}`;
  const count = (phase: string): string => sum(phase).replace("_sum", "_count");

  test("measures the POST", async () => {
    let answerIt = (): void => {};
    const scraped = await startScraped((response, post) => {
      answerIt = () => acceptMessage(response, post);
    });
    const call = scraped.daprd.create(text);
    await eventually(() => scraped.robot.posts.length === 1 || undefined);

    scraped.component.clock.advance(1500);
    answerIt();
    await call;

    expect(await scraped.value(sum("post"))).toBe(1.5);
    expect(await scraped.value(count("post"))).toBe(1);
    expect(await scraped.value(sum("wait"))).toBe(0);
  });

  test.each(["wait", "digest"])(
    "measures the wait for the budget with overflow %s",
    async (overflow) => {
      const scraped = await startScraped(acceptMessage, { messagesPerMinute: "1", overflow });
      await scraped.daprd.create(text);
      const waiting = scraped.daprd.create({ ...text, text: { content: "second" } });
      await queued(scraped);

      scraped.component.clock.advance(60_000);
      await waiting;

      expect(await scraped.value(sum("wait"))).toBe(60);
      expect(await scraped.value(count("wait"))).toBe(2);
      expect(await scraped.value(count("post"))).toBe(2);
    },
  );
});

describe("dingtalk_retries_total", () => {
  test("counts repeated POSTs by the reason of the failure before", async () => {
    const scraped = await startScraped(inTurn(refuse(-1), reset));

    await create(scraped);

    const of = (reason: string): string => `dingtalk_retries_total{robot="a",reason="${reason}"}`;
    expect(await scraped.value(of("busy"))).toBe(1);
    expect(await scraped.value(of("connection-lost"))).toBe(1);
  });
});

describe("dingtalk_duplicates_suppressed_total", () => {
  const sample = 'dingtalk_duplicates_suppressed_total{robot="a"}';

  test("counts a repeat of a message that was sent", async () => {
    const scraped = await startScraped();
    const keyed = { metadata: { msgUuid: "key" } };

    await scraped.daprd.create(text, keyed);
    const before = await scraped.value(sample);
    await scraped.daprd.create(text, keyed);

    expect(before).toBeUndefined();
    expect(await scraped.value(sample)).toBe(1);
  });

  test("counts a call that joins one under way", async () => {
    let answerIt = (): void => {};
    const keyed = { metadata: { msgUuid: "key" } };
    const scraped = await startScraped((response, post) => {
      answerIt = () => acceptMessage(response, post);
    });
    const first = scraped.daprd.create(text, keyed);
    await eventually(() => scraped.robot.posts.length === 1 || undefined);

    const second = scraped.daprd.create(text, keyed);
    await eventually(async () => (await scraped.value(sample)) === 1 || undefined);
    answerIt();

    await expect(Promise.all([first, second])).resolves.toHaveLength(2);
    expect(scraped.robot.posts).toHaveLength(1);
  });

  test("does not count a message that is sent again after an unknown outcome", async () => {
    const scraped = await startScraped(inTurn(reset), { retries: "0" });

    await create(scraped);
    await create(scraped);

    expect(scraped.robot.posts).toHaveLength(2);
    expect(await scraped.value(sample)).toBeUndefined();
  });
});

test("dingtalk_forgotten_keys_total counts the keys that were forgotten too early", async () => {
  const scraped = await startScraped(acceptMessage, {}, 3);
  await scraped.text();

  expect(await scraped.value("dingtalk_forgotten_keys_total")).toBe(3);
});

describe("the gauges of a robot", () => {
  const of = (name: string, robot = "a"): string => `${name}{robot="${robot}"}`;

  test("show the budget and how much of it is left", async () => {
    const scraped = await startScraped();

    await create(scraped);

    expect(await scraped.value(of("dingtalk_budget_left"))).toBe(19);
    expect(await scraped.value(of("dingtalk_budget_limit"))).toBe(20);
  });

  test("show no budget without a limit", async () => {
    const scraped = await startScraped(acceptMessage, { messagesPerMinute: "0" });

    const samples = parseSamples(await scraped.text());

    expect(samples.has(of("dingtalk_budget_left"))).toBe(false);
    expect(samples.has(of("dingtalk_budget_limit"))).toBe(false);
    expect(samples.get(of("dingtalk_queue_length"))).toBe(0);
  });

  test.each(["wait", "digest"])("show the queue with overflow %s", async (overflow) => {
    const properties = { messagesPerMinute: "1", maxQueue: "7", maxWait: "10m", overflow };
    const scraped = await startScraped(acceptMessage, properties);
    await scraped.daprd.create(text);

    const calls = [1, 2].map((n) => scraped.daprd.create({ ...text, text: { content: `${n}` } }));
    for (const call of calls) call.catch(() => {});

    await eventually(
      async () => (await scraped.value(of("dingtalk_queue_length"))) === 2 || undefined,
    );
    expect(await scraped.value(of("dingtalk_queue_limit"))).toBe(7);
    expect(await scraped.value(of("dingtalk_budget_left"))).toBe(0);
  });

  test("show how long a penalty lasts", async () => {
    const scraped = await startScraped(refuse(130101, "send too fast"));
    await create(scraped);
    const before = await scraped.value(of("dingtalk_penalty_seconds"));

    scraped.component.clock.advance(15_000);

    expect(before).toBeGreaterThan(50);
    expect(await scraped.value(of("dingtalk_penalty_seconds"))).toBeCloseTo(Number(before) - 15);
    expect(await scraped.value(of("dingtalk_budget_left"))).toBe(0);
  });

  test("count the POSTs of the month, which begins in Shanghai", async () => {
    const scraped = await startScraped(inTurn(refuse(-1)));
    await create(scraped);
    const { clock } = scraped.component;
    const posts = of("dingtalk_posts_this_month");
    const before = await scraped.value(posts);

    clock.advance(Date.parse("2023-11-30T15:59:59Z") - clock.now());
    const lastSecond = await scraped.value(posts);
    clock.advance(1000);

    expect([before, lastSecond]).toEqual([2, 2]);
    expect(await scraped.value(posts)).toBe(0);
  });

  test("count the POSTs of the month that the component's zone has", async () => {
    const scraped = await startScraped(inTurn(acceptMessage));
    const { clock } = scraped.component;
    await scraped.daprd.init({ id: "a", url: scraped.robot.url, timeZone: "UTC" });
    clock.advance(Date.parse("2023-11-30T15:59:59Z") - clock.now());
    await create(scraped);
    const posts = of("dingtalk_posts_this_month");

    clock.advance(3_600_000);
    const later = await scraped.value(posts);
    clock.advance(7 * 3_600_000 + 1000);

    expect(later).toBe(1);
    expect(await scraped.value(posts)).toBe(0);
  });

  test("count the streams and the instances", async () => {
    const scraped = await startScraped();
    const before = await scraped.value(of("dingtalk_read_streams"));

    scraped.daprd.read();
    await untilReading(scraped.component);

    expect(before).toBe(0);
    expect(await scraped.value(of("dingtalk_read_streams"))).toBe(1);
    expect(await scraped.value("dingtalk_instances")).toBe(1);
  });

  test("show two components with one id as one robot, with the worse value", async () => {
    const scraped = await startScraped();
    const other = new DaprdClient(scraped.component.socket, "other");
    await other.init({ id: "a", url: `${scraped.robot.url}-2`, messagesPerMinute: "5" });

    await other.create(text);

    const lines = (await scraped.text()).split("\n");
    const left = lines.filter((line) => line.startsWith("dingtalk_budget_left"));
    expect(left).toEqual([`${of("dingtalk_budget_left")} 4`]);
    expect(await scraped.value("dingtalk_instances")).toBe(2);
  });

  test("drop a robot after its component has got another id", async () => {
    const scraped = await startScraped();
    const before = parseSamples(await scraped.text());

    await scraped.daprd.init({ id: "b", url: scraped.robot.url });

    const samples = parseSamples(await scraped.text());
    expect(before.get(of("dingtalk_queue_length"))).toBe(0);
    expect(samples.get(of("dingtalk_queue_length", "b"))).toBe(0);
    expect(samples.has(of("dingtalk_queue_length"))).toBe(false);
  });
});

describe("the series of an id that is gone", () => {
  test("are dropped ten minutes later, and those of the others stay", async () => {
    const scraped = await startScraped();
    const other = new DaprdClient(scraped.component.socket, "other");
    await other.init({ id: "b", url: `${scraped.robot.url}-2` });
    await create(scraped);
    await create({ ...scraped, daprd: other });
    await scraped.daprd.init({ id: "renamed", url: scraped.robot.url });

    scraped.component.clock.advance(300_000);
    const soon = await scraped.text();
    scraped.component.clock.advance(301_000);
    const late = await scraped.text();

    expect(soon).toContain('dingtalk_sends_total{robot="a"');
    expect(late).not.toContain('robot="a"');
    expect(late).toContain('dingtalk_sends_total{robot="b"');
  });
});

describe("a scrape", () => {
  test("shows the version and the metrics of the process", async () => {
    const scraped = await startScraped();

    const samples = parseSamples(await scraped.text());

    expect(samples.get('dingtalk_build_info{version="1.2.3"}')).toBe(1);
    expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(samples.get("nodejs_heap_size_used_bytes")).toBeGreaterThan(1e6);
  });

  test("holds no address, token, secret or message", async () => {
    const secret = "SECconfidential";
    const scraped = await startScraped(inTurn(refuse(310000, `words ${secret}`)), { secret });

    await create(scraped);
    await create(scraped);

    const scrape = await scraped.text();
    expect(scrape).toContain('dingtalk_sends_total{robot="a",outcome="refused"');
    for (const confidential of ["token-1", secret, "127.0.0.1", "words"]) {
      expect(scrape).not.toContain(confidential);
    }
  });
});
