import * as z from "zod";
import { failure, type Reply } from "../http/reply.ts";
import { pushAgain, speak, textMessage } from "../human/speak.ts";
import type { Room } from "../rooms/room.ts";
import { maskEntry, maskState } from "./masking.ts";
import { InputError } from "./parse.ts";
import { type ApiCall, type ApiRoute, route, routeWithBody } from "./route.ts";
import { entry } from "./schema/entries.ts";
import { fault } from "./schema/faults.ts";
import { humanPatch, humanSpeech } from "./schema/human.ts";
import { noQuery, revealQuery } from "./schema/query.ts";
import { rulesPatch } from "./schema/rules.ts";
import { robotState } from "./schema/state.ts";
import { list } from "./schema/values.ts";
import type { Entry, Fault, HumanPatch, HumanSpeech, RulesPatch } from "./types.ts";

const query = revealQuery;
const answers = { 200: robotState };

/** The calls that set up a robot, and the one that speaks to it. */
export const robotRoutes: readonly ApiRoute[] = [
  route({
    method: "GET",
    path: "/api/robots",
    summary: "All robots",
    query,
    answers: { 200: z.array(robotState) },
    handle: listRobots,
  }),
  route({
    method: "GET",
    path: "/api/robots/{token}",
    summary: "One robot",
    query,
    answers,
    handle: showRobot,
  }),
  route({
    method: "PUT",
    path: "/api/robots/{token}",
    summary: "Make a robot",
    description: "A robot without security. A robot that is there already stays as it is.",
    query,
    answers,
    handle: makeRobot,
  }),
  routeWithBody({
    method: "PATCH",
    path: "/api/robots/{token}/rules",
    summary: "Change how a robot judges",
    query,
    body: rulesPatch,
    answers,
    handle: inRoom(changeRules),
  }),
  routeWithBody({
    method: "PUT",
    path: "/api/robots/{token}/faults",
    summary: "Replace all faults of a robot",
    query,
    body: list(fault, 20),
    bodyName: "faults",
    answers,
    handle: inRoom(setFaults),
  }),
  routeWithBody({
    method: "PATCH",
    path: "/api/robots/{token}/human",
    summary: "Change who speaks and how the robot's program gets it",
    query,
    body: humanPatch,
    answers,
    handle: inRoom(changeHuman),
  }),
  routeWithBody({
    method: "POST",
    path: "/api/robots/{token}/human",
    summary: "Speak to the robot and wait for its answer",
    description:
      "In stream mode, the answer comes with the program's ack, or after 3 seconds without one.",
    query: noQuery,
    body: humanSpeech,
    answers: { 200: entry },
    handle: inRoom(speakToRobot),
  }),
  route({
    method: "DELETE",
    path: "/api/connections/{id}",
    summary: "Send a disconnect frame on a connection, and close it as DingTalk does",
    query: noQuery,
    answers: { 204: null },
    handle: disconnect,
  }),
];

type RobotCall = ApiCall<z.infer<typeof revealQuery>>;

const unknownRobot = failure(404, "no such robot");

function listRobots(call: RobotCall): Reply {
  return { status: 200, json: call.deps.rooms.all.map((room) => stateOf(room, call)) };
}

function showRobot(call: RobotCall): Reply {
  const room = call.deps.rooms.find(call.parameter);
  return room === undefined ? unknownRobot : { status: 200, json: stateOf(room, call) };
}

function makeRobot(call: RobotCall): Reply {
  if (call.parameter === "") return unknownRobot;
  call.deps.rooms.findOrMake(call.parameter);
  return showRobot(call);
}

/** Finds the robot of the path. With `--open`, an unknown token makes a robot here too. */
function inRoom<Query, Body>(
  handle: (room: Room, call: ApiCall<Query>, body: Body) => Reply | Promise<Reply>,
) {
  return (call: ApiCall<Query>, body: Body): Reply | Promise<Reply> => {
    const { deps, parameter } = call;
    const room = parameter === "" ? undefined : deps.rooms.findOrOpen(parameter);
    return room === undefined ? unknownRobot : handle(room, call, body);
  };
}

function changeRules(room: Room, call: RobotCall, patch: RulesPatch): Reply {
  call.deps.rooms.configure(room, () => room.setRules({ ...room.rules, ...patch }));
  return showRobot(call);
}

function setFaults(room: Room, call: RobotCall, faults: readonly Fault[]): Reply {
  call.deps.rooms.configure(room, () => room.setFaults(faults));
  return showRobot(call);
}

function changeHuman(room: Room, call: RobotCall, patch: HumanPatch): Reply {
  call.deps.rooms.configure(room, () => room.setHuman({ ...room.human, ...patch }));
  return showRobot(call);
}

/** What is pushed goes on if the page is closed meanwhile, and ends with the sandbox. */
async function speakToRobot(room: Room, call: ApiCall, speech: HumanSpeech): Promise<Reply> {
  const { deps, baseUrl } = call;
  const { closing: signal } = deps;
  const { text = "", content = textMessage(text), overQuota: isOverQuota = false } = speech;
  if (speech.again !== undefined) {
    const entry = findPushed(room, speech.again);
    return { status: 200, json: maskEntry(await pushAgain(deps, { room, entry, signal })) };
  }
  const alsoMentioned = findMentioned(room, call, speech);
  const spoken = { room, alsoMentioned, message: content, isOverQuota, baseUrl, signal };
  return { status: 200, json: maskEntry(await speak(deps, spoken)) };
}

function findPushed(room: Room, id: string): Entry {
  const entry = room.find(id);
  if (entry?.callback) return entry;
  throw new InputError("again", "is no message of a human in this room that was pushed before");
}

function findMentioned(room: Room, { deps }: ApiCall, { alsoMention = [] }: HumanSpeech): Room[] {
  if (alsoMention.length > 0 && room.human.conversationType === "1") {
    throw new InputError("alsoMention", "needs a group: conversationType is 1");
  }
  return [...new Set(alsoMention)].map((token, index) => {
    const found = deps.rooms.findOrOpen(token);
    if (found !== undefined && found !== room) return found;
    throw new InputError(`alsoMention[${index}]`, "is not the token of another robot");
  });
}

function disconnect({ deps, parameter }: ApiCall): Reply {
  const connection = deps.connections.find(parameter);
  if (connection === undefined) return failure(404, "no such connection");
  connection.disconnect();
  return { status: 204 };
}

function stateOf(room: Room, { deps, query }: RobotCall) {
  const state = room.state(deps.clock.now());
  return query.reveal === "1" ? state : maskState(state);
}
