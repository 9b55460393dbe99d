// What happens to our own process, to its replicas and to Redis.
import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import { gate } from "./app.mjs";
import { redeliverAfterMs } from "./connection-rows.mjs";
import { expect, speakSteadily } from "./row.mjs";
import { until } from "./until.mjs";

const reads = "daprd reads from the component";
const stoppedReading = "daprd stopped reading";

/** @type {readonly import("./row.mjs").Row[]} */
export const processRows = [
  {
    name: {
      en: "our process killed, daprd restarted with it: between receipt and hand-over",
      zh: "本进程被杀、daprd 一同重启：收到之后、交给应用之前",
    },
    options: { isProcess: true, checksHealth: true },
    async play(stage) {
      const { app, human, replica, clock } = stage;
      app.isHealthy = false;
      await replica.component.says(stoppedReading);
      for (let count = 0; count < 4; count += 1) human.say();
      await untilMetric(stage, "dingtalk_receive_held", 4);
      await replica.crash();
      app.isHealthy = true;
      await comeBack(stage);
      await clock.move(redeliverAfterMs);
      await stage.untilTaken();
    },
  },
  {
    name: { en: "our process alone restarted", zh: "只有本进程重启" },
    options: { isProcess: true },
    note: {
      en: "daprd reads again only after its own restart: until then no connection is opened and `read` is NOT_SERVING",
      zh: "daprd 自己重启之后才再次读取：在此之前不打开连接，`read` 为 NOT_SERVING",
    },
    async play(stage) {
      const { human, replica } = stage;
      human.say();
      await human.listen();
      await replica.component.end("SIGKILL");
      await replica.startComponent();
      human.say();
      // The component waits for 30 s before it tells.
      await until("`read` is NOT_SERVING", async () => {
        return (await askHealth(stage.socket, "read")) === "NOT_SERVING";
      });
      const { length } = await human.connections();
      await replica.daprd.end("SIGTERM");
      await replica.startDaprd();
      await replica.component.says(reads);
      await stage.untilConnected();
      human.say();
      await stage.untilTaken();
      expect(length === 0, "no connection is opened without a reader");
    },
    holds: ({ lost, doubled, unpushed }) => lost === 0 && doubled === 0 && unpushed === 1,
  },
  {
    name: {
      en: "— between the app's answer and the ack, with Redis",
      zh: "— 应用回复之后、确认之前，使用 Redis",
    },
    options: { isProcess: true, hasRedis: true },
    play: killBeforeAck,
  },
  {
    name: {
      en: "— between the app's answer and the ack, without Redis",
      zh: "— 应用回复之后、确认之前，不用 Redis",
    },
    options: { isProcess: true },
    note: { en: "all that the app had accepted", zh: "应用已接受的全部" },
    play: killBeforeAck,
    holds: ({ lost, doubled, said }) => lost === 0 && doubled === said,
  },
  {
    name: { en: "— after the ack, the app works on", zh: "— 确认之后，应用继续处理" },
    options: { isProcess: true },
    note: { en: "the app's answer is not said", zh: "应用的回复不会发出" },
    async play(stage) {
      const finish = await killAfterAck(stage);
      finish();
      await comeBack(stage);
      await stage.clock.move(2 * redeliverAfterMs);
      await stage.untilTaken();
    },
  },
  {
    name: { en: "— after the ack, the app dies too", zh: "— 确认之后，应用也死掉" },
    options: { isProcess: true },
    note: { en: "lost: DingTalk was told to forget them", zh: "丢失：钉钉已被告知可以忘记" },
    async play(stage) {
      await killAfterAck(stage);
      await stage.app.goDown();
      await stage.app.comeUp();
      await comeBack(stage);
      await stage.clock.move(2 * redeliverAfterMs);
    },
    holds: ({ lost, doubled, said }) => lost === said && doubled === 0,
  },
  {
    name: { en: "SIGTERM under steady messages", zh: "持续有消息时收到 SIGTERM" },
    options: { isProcess: true },
    async play(stage) {
      const { human, replica, clock, app } = stage;
      app.behaviour = async () => {
        await sleep(50);
        return {};
      };
      const stop = speakSteadily(human, 20);
      await sleep(500);
      await replica.component.end("SIGTERM");
      await replica.daprd.end("SIGTERM");
      await comeBack(stage);
      stop();
      await clock.move(redeliverAfterMs);
      await stage.untilTaken();
    },
  },
  {
    name: { en: "two replicas, copies to both, with Redis", zh: "两个副本都收到，使用 Redis" },
    options: { replicas: 2, hasRedis: true },
    async play(stage) {
      await copyToBoth(stage);
    },
  },
  {
    name: {
      en: "two replicas, copies to both, Redis away",
      zh: "两个副本都收到，Redis 不可用",
    },
    options: { replicas: 2, hasRedis: true },
    note: { en: "each replica hands its copy over", zh: "每个副本各交一次" },
    async play(stage) {
      await stage.redis?.stop();
      await copyToBoth(stage);
    },
    holds: ({ lost, doubled, said }) => lost === 0 && doubled <= said,
  },
];

/** @param {import("./stage.mjs").Stage} stage */
async function killBeforeAck(stage) {
  const { human, replica, clock, way } = stage;
  way?.loseUpward();
  for (let count = 0; count < 4; count += 1) human.say();
  await stage.untilTaken();
  await untilMetric(stage, "dingtalk_app_attempts_total", 4);
  // What Redis is told is on its way.
  await sleep(100);
  await replica.crash();
  way?.mend();
  await comeBack(stage);
  await clock.move(redeliverAfterMs);
  await until("the copies are acked", async () => {
    const entries = await human.entries();
    return entries.every(({ callback }) => callback?.state === "answered");
  });
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @returns {Promise<() => void>} lets the app finish
 */
async function killAfterAck(stage) {
  const { app, human, replica } = stage;
  const { open, opened } = gate();
  app.behaviour = async () => {
    await opened;
    return {};
  };
  human.say();
  human.say();
  await until("both are acked", async () => {
    const entries = await human.entries();
    return entries.filter(({ callback }) => callback?.state === "answered").length === 2;
  });
  await replica.crash();
  return open;
}

/** @param {import("./stage.mjs").Stage} stage */
async function comeBack(stage) {
  await stage.replica.startBoth();
  await stage.untilConnected();
}

/**
 * Has ten messages pushed until each came to both replicas.
 *
 * @param {import("./stage.mjs").Stage} stage
 */
async function copyToBoth({ human }) {
  for (let count = 0; count < 10; count += 1) human.say();
  await human.listen();
  await until("both replicas have all copies", async () => {
    const entries = await human.entries();
    const missing = entries.filter(
      ({ callback }) => new Set(callback?.pushes.map(({ connection }) => connection)).size < 2,
    );
    await Promise.all(missing.map((entry) => human.repeat(entry)));
    return missing.length === 0;
  });
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {string} name
 * @param {number} value
 */
async function untilMetric({ component }, name, value) {
  await until(`${name} is ${value}`, async () => (await component.count(name)) === value);
}

/**
 * Asks gRPC's health service.
 *
 * @param {string} socket
 * @param {string} service
 * @returns {Promise<"SERVING" | "NOT_SERVING">}
 */
function askHealth(socket, service) {
  const client = new Client(`unix:${socket}`, credentials.createInsecure());
  const request = Buffer.from([0x0a, service.length, ...Buffer.from(service)]);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      (/** @type {Buffer} */ bytes) => bytes,
      (/** @type {Buffer} */ bytes) => bytes,
      request,
      (error, answer) => {
        client.close();
        if (error) reject(error);
        else resolve(answer?.[1] === 1 ? "SERVING" : "NOT_SERVING");
      },
    );
  });
}
