import { describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { acceptMessage, type FakeRobot, startRobot } from "../support/robot.ts";
import { startApp } from "./support/app.ts";
import { hangAfterMs } from "./support/child.ts";
import { type Daprd, startDaprd } from "./support/daprd.ts";
import { phrase, startComponent } from "./support/executable.ts";
import { textMessage } from "./support/message.ts";
import { componentResource, createPlace } from "./support/place.ts";

/** A message and what daprd answered to it. */
interface Sent {
  readonly content: string;
  readonly status: number;
  readonly text: string;
}

/** What callers hear from daprd itself between its Close and its Init. */
const daprdsOwn = /couldn't find output binding robot|the client connection is closing/;

/** Sends one message after the other until told to stop. */
function startSender(daprd: Daprd, name: string): { stop(): Promise<Sent[]> } {
  let isStopped = false;
  const sending = (async () => {
    const sent: Sent[] = [];
    while (!isStopped) {
      const content = `${name} ${sent.length}`;
      const { status, text } = await daprd.create("robot", textMessage(content));
      sent.push({ content, status, text });
    }
    return sent;
  })();
  // A test that ends early takes daprd away from it; whoever stops it hears of that.
  sending.catch(() => {});
  return {
    stop: () => {
      isStopped = true;
      return sending;
    },
  };
}

function contentsAt(...robots: FakeRobot[]): string[] {
  return robots.flatMap(({ posts }) => posts.map(({ body }) => JSON.parse(body).text.content));
}

function accepted(sent: Sent[]): string[] {
  return sent.filter(({ status }) => status === 200).map(({ content }) => content);
}

/** Those of the accepted that arrived, in the order of their arrival. */
function arrivals(arrived: string[], sent: Sent[]): string[] {
  const expected = new Set(accepted(sent));
  return arrived.filter((content) => expected.has(content));
}

async function startReloadable() {
  const place = await createPlace();
  const configure = ({ url }: FakeRobot): Promise<void> => {
    const metadata = { id: "robot", url, direction: "input, output", messagesPerMinute: "0" };
    return place.writeResource("robot", componentResource({ name: "robot", metadata }));
  };
  const former = await startRobot(acceptMessage, "former");
  const latter = await startRobot(acceptMessage, "latter");
  await configure(former);
  const app = await startApp(() => ({ body: '"taken"' }));
  const component = await startComponent(place);
  const daprd = await startDaprd({ place, app });
  await component.says(phrase.reads);
  return { configure, former, latter, component, daprd, app };
}

describe("a changed YAML", () => {
  test("takes effect under load, and what was accepted arrives at the robot of its time", async () => {
    const { configure, former, latter, daprd } = await startReloadable();
    const senders = ["a", "b", "c", "d"].map((name) => startSender(daprd, name));
    await eventually(() => former.posts.length > 200 || undefined, hangAfterMs);

    await configure(latter);
    await eventually(() => latter.posts.length > 200 || undefined, hangAfterMs);
    const sent = await Promise.all(senders.map((sender) => sender.stop()));

    const arrived = contentsAt(former, latter);
    const failed = sent.flat().filter(({ status }) => status !== 200);
    // Each sender waits for its answers, so its messages went to one robot, then to the other.
    expect(sent.map((ofOne) => arrivals(arrived, ofOne))).toEqual(sent.map(accepted));
    expect(new Set(arrived).size).toBe(arrived.length);
    expect(failed.filter(({ text }) => !daprdsOwn.test(text))).toEqual([]);
  });

  test("leads to a new Init and a new Read, which is no second app", async () => {
    const { configure, latter, component, daprd, app } = await startReloadable();

    await configure(latter);
    await component.says(phrase.stoppedReading);
    await component.says(phrase.loadedAgain, 2);
    await component.says(phrase.reads, 2);
    await daprd.says("Component loaded: robot", 2);
    const created = await daprd.create("robot", textMessage("hello"));
    const got = await daprd.get("robot", "event");

    expect(created.status).toBe(200);
    expect(component.logged(phrase.loadedAgain)).toHaveLength(2);
    expect(component.logged(phrase.stoppedReading)).toHaveLength(1);
    expect(contentsAt(latter)).toEqual(["hello"]);
    expect(got).toMatchObject({ status: 200, text: '"taken"' });
    expect(app.events).toHaveLength(1);
    expect(component.logged(phrase.secondApp)).toEqual([]);
  });
});
