// 1,000 messages a second for 30 s into the sandbox with its page open in Chromium: is one missing,
// and does memory stay bounded? Prints a line for docs/sandbox.md.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { Pool } from "undici";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const perSecond = 1000;
const seconds = 30;
const tickMs = 20;
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

const robot = "token=bench,messagesPerMinute=10000000";
const sandbox = spawn(process.execPath, [main, "sandbox", "--port", "0", "--robot", robot], {
  stdio: ["ignore", "pipe", "inherit"],
});
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const url = await address();
  const page = await browser.newPage();
  await page.goto(`${url}/#/bench`);
  const before = residentMiB();
  const listener = listen(url);
  const { accepted, peakMiB, elapsedMs } = await flood(url);
  const last = `message ${perSecond * seconds - 1}.`;
  await page.getByText(last).first().waitFor({ timeout: 30_000 });
  const rate = Math.round(accepted / (elapsedMs / 1000));
  const missing = perSecond * seconds - (await listener.seen());
  say(
    `${accepted} messages in ${(elapsedMs / 1000).toFixed(1)} s (${rate}/s) with the page open: ${missing} missing, memory ${before} MiB before, at most ${peakMiB} MiB, ${residentMiB()} MiB after`,
  );
  process.exitCode = missing === 0 ? 0 : 1;
} finally {
  await browser.close();
  sandbox.kill();
}

/** @returns {Promise<string>} */
function address() {
  return new Promise((resolve) => {
    sandbox.stdout?.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      const url = /listening on (http:\S+)/.exec(text)?.[1];
      if (url) resolve(url);
    });
  });
}

/** @param {string} url */
async function flood(url) {
  const pool = new Pool(url, { connections: 16 });
  const start = performance.now();
  /** @type {Promise<boolean>[]} */
  const answers = [];
  let peakMiB = 0;
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.min(perSecond * seconds, ((performance.now() - start) / 1000) * perSecond);
    while (sent < due) answers.push(send(pool, sent++));
    peakMiB = Math.max(peakMiB, residentMiB());
    await sleep(tickMs);
  }
  const results = await Promise.all(answers);
  const elapsedMs = performance.now() - start;
  await pool.close();
  return { accepted: results.filter(Boolean).length, peakMiB, elapsedMs };
}

/**
 * @param {Pool} pool
 * @param {number} index
 */
async function send(pool, index) {
  const { body } = await pool.request({
    path: "/robot/send?access_token=bench",
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ msgtype: "text", text: { content: `message ${index}.` } }),
  });
  const answer = /** @type {{ errcode?: number }} */ (await body.json());
  return answer.errcode === 0;
}

/**
 * Hears what a page hears.
 *
 * @param {string} url
 */
function listen(url) {
  /** @type {Set<string>} */
  const numbers = new Set();
  const closing = new AbortController();
  const listening = (async () => {
    const { body } = await fetch(`${url}/api/events?token=bench`, { signal: closing.signal });
    let rest = "";
    for await (const text of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      rest += text;
      for (const [, number = ""] of rest.matchAll(/"content":"message (\d+)\."/g))
        numbers.add(number);
      rest = rest.slice(Math.max(0, rest.lastIndexOf("\n")));
    }
  })().catch(() => {});
  return {
    async seen() {
      for (let wait = 0; numbers.size < perSecond * seconds && wait < 100; wait += 1)
        await sleep(100);
      closing.abort();
      await listening;
      return numbers.size;
    },
  };
}

function residentMiB() {
  const status = readFileSync(`/proc/${sandbox.pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}
