// What happens to the app and its daprd.
import { setTimeout as sleep } from "node:timers/promises";
import { gate } from "./app.mjs";
import { redeliverAfterMs, textOf } from "./connection-rows.mjs";
import { expect, speakSteadily } from "./row.mjs";
import { until } from "./until.mjs";

const big = Buffer.alloc(8 * 1024 * 1024, "x");
const stopped = "daprd stopped reading";
const reads = "daprd reads from the component";
/** With a message every 20 ms and 50 ms of work, the app has three at a time, and hardly ever six. */
const mostAtOnce = 6;

/** @type {readonly import("./row.mjs").Row[]} */
export const appRows = [
  {
    name: { en: "daprd restarts under steady messages", zh: "持续有消息时 daprd 重启" },
    async play(stage) {
      const { human, replica } = stage;
      const stop = speakSteadily(human, 20);
      await sleep(300);
      await replica.daprd.end("SIGTERM");
      await replica.startDaprd();
      await stage.component.says(reads, 2);
      stop();
      await human.listen();
      await stage.untilTaken();
    },
  },
  {
    name: {
      en: "daprd killed (SIGKILL) under steady messages",
      zh: "持续有消息时 daprd 被杀（SIGKILL）",
    },
    note: {
      en: "the app's answers died with daprd: what it had accepted comes again, with a higher `attempt`",
      zh: "应用的回复随 daprd 一起丢失：应用已接受的消息会再交一次，`attempt` 加一",
    },
    async play(stage) {
      const { app, human, replica, component } = stage;
      app.behaviour = async () => {
        await sleep(50);
        return {};
      };
      const stop = speakSteadily(human, 20);
      await sleep(500);
      await replica.daprd.end("SIGKILL");
      await replica.startDaprd();
      await component.says(reads, 2);
      stop();
      await human.listen();
      await stage.untilTaken();
      /** @type {Map<number, number>} */
      const attempts = new Map();
      let unheard = 0;
      for (const { number, attempt } of app.events) {
        const former = attempts.get(number) ?? 0;
        expect(attempt > former, "`attempt` tells of each repeat");
        if (former === 0 && attempt > 1) unheard += 1;
        attempts.set(number, attempt);
      }
      // daprd may have been killed with a first attempt that the app has not heard.
      expect(unheard <= mostAtOnce, "only a repeat has a higher `attempt`");
    },
    holds: ({ lost, doubled }) => lost === 0 && doubled <= mostAtOnce,
  },
  {
    name: {
      en: "the app's health flaps, 3 times, under steady messages",
      zh: "持续有消息时应用的健康检查反复失败，3 次",
    },
    options: { checksHealth: true },
    async play(stage) {
      const { human, app, component } = stage;
      const stop = speakSteadily(human, 20);
      for (let time = 1; time <= 3; time += 1) {
        app.isHealthy = false;
        await component.says(stopped, time);
        app.isHealthy = true;
        await component.says(reads, time + 1);
      }
      stop();
      await human.listen();
      await stage.untilTaken();
    },
  },
  {
    name: { en: "app down for 30 s", zh: "应用停机 30 秒" },
    async play(stage) {
      const { app, human, clock } = stage;
      await app.goDown();
      for (let count = 0; count < 3; count += 1) human.say();
      await untilFailed(stage, 3);
      await clock.move(1200);
      await untilFailed(stage, 6);
      await clock.move(6000);
      await untilFailed(stage, 9);
      await clock.move(22_800);
      await app.comeUp();
      await clock.move(12_000);
      await stage.untilTaken();
    },
  },
  {
    name: { en: "app fails 3 times, then works", zh: "应用失败 3 次后恢复" },
    async play(stage) {
      const { app, human, clock } = stage;
      app.behaviour = ({ attempt }) => ({ status: attempt <= 3 ? 500 : 200 });
      for (let count = 0; count < 3; count += 1) human.say();
      await untilFailed(stage, 3);
      await clock.move(1200);
      await untilFailed(stage, 6);
      await clock.move(6000);
      await untilFailed(stage, 9);
      await clock.move(34_000);
      await stage.untilTaken();
    },
  },
  {
    name: { en: "app takes 11 min", zh: "应用处理了 11 分钟" },
    note: { en: "its answer is said", zh: "回复照样发出" },
    async play({ app, human, clock, component }) {
      const { open, opened } = gate();
      app.behaviour = async () => {
        await opened;
        return { body: textOf("at last") };
      };
      human.say();
      await until("the message is with the app", () => app.events.length === 1);
      await clock.move(660_000);
      const unanswered = await component.count("handled unanswered");
      open();
      await until("the answer is said", async () => (await human.answers()).length === 1);
      expect(unanswered === 1, "the app's place was given to the next");
    },
  },
  {
    name: { en: "answer of 8 MiB, error body of 8 MiB", zh: "8 MiB 的回复，8 MiB 的错误正文" },
    note: { en: "daprd goes on reading", zh: "daprd 继续读取" },
    async play(stage) {
      const { app, human, clock, component } = stage;
      app.behaviour = ({ number, attempt }) => {
        if (number === 1) return { body: big };
        return number === 2 && attempt === 1 ? { status: 500, body: big } : {};
      };
      human.say();
      human.say();
      await untilFailed(stage, 1);
      await clock.move(1500);
      human.say();
      await stage.untilTaken();
      expect(!component.output().includes(stopped), "the Read stream lives");
      expect((await component.count("answer too-large")) === 1, "the large answer is counted");
    },
  },
  {
    name: {
      en: "1,000 messages at once, `maxInFlight` 4, a slow app",
      zh: "同时 1,000 条消息，`maxInFlight` 4，应用很慢",
    },
    options: { metadata: { maxInFlight: "4" } },
    note: {
      en: "what goes beyond the 256 held ones is counted `overflow` and pushed again",
      zh: "超出 256 条暂存的部分计为 `overflow`，由钉钉重新推送",
    },
    async play(stage) {
      const { app, human, clock, component } = stage;
      await human.configure({ redeliveries: 20 });
      const { open, opened } = gate();
      app.behaviour = async () => {
        await opened;
        return {};
      };
      for (let batch = 0; batch < 5; batch += 1) {
        for (let count = 0; count < 200; count += 1) human.say();
        await until("the batch is pushed", async () => {
          return (await human.state()).entryCount === (batch + 1) * 200;
        });
      }
      // A slow machine may take so long that some are pushed a second time.
      await until("740 overflow", async () => (await component.count("overflow")) >= 740);
      open();
      await until("all 1,000 are taken", async () => {
        const before = stage.takenIn(human).size;
        await sleep(200);
        // Nothing moves any more: the rest comes with the next push.
        if (stage.takenIn(human).size === before) await clock.move(redeliverAfterMs / 4);
        return stage.takenIn(human).size === 1000;
      });
    },
  },
];

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {number} count
 */
async function untilFailed({ component }, count) {
  const failed = async () => (await component.count("attempt failed")) >= count;
  await until(`${count} attempts failed`, failed);
}
