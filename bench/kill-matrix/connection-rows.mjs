// What happens to connections.
import { setTimeout as sleep } from "node:timers/promises";
import { deafnessAfter } from "./findings.mjs";
import { secondsOf } from "./report.mjs";
import { expect, speakSteadily } from "./row.mjs";
import { until } from "./until.mjs";

/** How long DingTalk waits for an ack. */
export const redeliverAfterMs = 60_000;
/** DingTalk closes a connection at most so long after its disconnect frame. */
const closedAfterMs = 16_000;

/** @type {readonly import("./row.mjs").Row[]} */
export const connectionRows = [
  {
    name: {
      en: "`disconnect` frame under steady messages, 20 times",
      zh: "持续有消息时收到 `disconnect` 帧，20 次",
    },
    note: ({ deafMs = 0 }) => ({
      en: `until the new connection is open, DingTalk has nobody to push to: ${secondsOf(deafMs)} s at most`,
      zh: `新连接打开之前，钉钉无处推送：最长 ${secondsOf(deafMs)} 秒`,
    }),
    async play(stage) {
      let deafMs = 0;
      for (let time = 0; time < 20; time += 1) {
        const [old] = await stage.human.connections();
        const stop = speakSteadily(stage.human, 10);
        await sleep(80);
        const at = stage.clock.now();
        await stage.human.disconnect(old?.id ?? "");
        await stage.untilConnected(1, old?.id);
        await sleep(80);
        stop();
        await stage.human.listen();
        await stage.untilTaken();
        const deafness = await deafnessAfter(stage.human, { at, old: old?.id ?? "" });
        deafMs = Math.max(deafMs, deafness);
        await stage.clock.move(closedAfterMs);
      }
      const open = await stage.human.connections();
      expect(open.length === 1, "one connection is left");
      expect((await stage.component.count("reconnect disconnect")) === 20, "20 frames came");
      return { deafMs };
    },
  },
  {
    name: {
      en: "socket cut (RST) before a frame and after one, 5 times each",
      zh: "在帧之前和之后切断连接（RST），各 5 次",
    },
    async play(stage) {
      for (const type of /** @type {const} */ (["cut", "cut-after-frame"])) {
        for (let time = 0; time < 5; time += 1) {
          const [old] = await stage.human.connections();
          await stage.human.fault({ type });
          stage.human.say();
          await untilReconnected(stage, old?.id);
          stage.human.say();
          await stage.clock.move(redeliverAfterMs);
          await stage.untilTaken();
        }
      }
    },
  },
  {
    name: { en: "silent peer (no frame, no pong)", zh: "对方无响应（无帧、无 pong）" },
    note: { en: "noticed within 40 s, then pushed again", zh: "40 秒内发现，之后重新推送" },
    async play(stage) {
      const { clock, human, component } = stage;
      const [old] = await human.connections();
      await human.fault({ type: "no-pong" });
      const silentAt = clock.elapsed();
      for (let count = 0; count < 3; count += 1) {
        human.say();
        await clock.move(5000);
      }
      let noticedAt = 0;
      while (noticedAt === 0) {
        await clock.move(250);
        if ((await component.count("reconnect no-pong")) > 0) noticedAt = clock.elapsed();
      }
      expect(noticedAt - silentAt < 41_000, "the silence is noticed within 40 s");
      await untilReconnected(stage, old?.id);
      await clock.move(redeliverAfterMs);
      await stage.untilTaken();
    },
  },
  {
    name: {
      en: "opening refused (401) for 3 min, then granted",
      zh: "打开连接被拒（401）3 分钟，之后成功",
    },
    options: { isRefused: true },
    note: {
      en: "DingTalk keeps nothing that is said before",
      zh: "此前说的话，钉钉不会保留",
    },
    async play(stage) {
      const { clock, human, component } = stage;
      for (const [tries, waitMs] of /** @type {const} */ ([
        [1, 60_500],
        [2, 119_000],
      ])) {
        await until(
          "a refusal",
          async () => (await component.count("reconnect credentials")) >= tries,
        );
        human.say();
        await clock.move(waitMs);
      }
      await human.endFaults();
      await clock.move(2000);
      await stage.untilConnected();
      human.say();
      await stage.untilTaken();
    },
    holds: ({ lost, doubled, unpushed }) => lost === 0 && doubled === 0 && unpushed === 2,
  },
  {
    name: { en: "quiet robot for 10 min", zh: "机器人 10 分钟没有消息" },
    note: { en: "the same connection", zh: "连接不变" },
    async play(stage) {
      const [old] = await stage.human.connections();
      await stage.clock.move(600_000);
      const [same, ...others] = await stage.human.connections();
      stage.human.say();
      await stage.untilTaken();
      expect(same?.id === old?.id && others.length === 0, "the connection is the same one");
    },
  },
  {
    name: { en: "one message to two robots", zh: "一条消息 @ 两个机器人" },
    options: { robots: 2 },
    note: { en: "both answer", zh: "两个都回复" },
    async play(stage) {
      const [one, other] = stage.humans;
      stage.app.behaviour = ({ room }) => ({ body: textOf(`${room} answers`) });
      one?.say({ alsoMention: [other?.token] });
      for (const human of stage.humans) {
        await until(`${human.token} answers`, async () => {
          const [answer] = await human.answers();
          return answer?.body.includes(`${human.token} answers`);
        });
      }
      other?.saidAt.set(1, one?.saidAt.get(1) ?? 0);
      const ids = new Set(stage.app.events.map(({ msgId }) => msgId));
      expect(ids.size === 1, "both robots get the same msgId");
    },
  },
];

/**
 * A message as an app answers it.
 *
 * @param {string} content
 */
export function textOf(content) {
  return JSON.stringify({ msgtype: "text", text: { content } });
}

/**
 * Lets time pass until there is another connection than this one.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {string | undefined} old
 */
async function untilReconnected({ clock, human }, old) {
  await until("a new connection", async () => {
    await clock.move(250);
    return (await human.connections()).some(({ id, state }) => id !== old && state === "open");
  });
}
