import * as z from "zod";
import { failure, type Reply } from "../http/reply.ts";
import { speak } from "../human/speak.ts";
import type { Room } from "../rooms/room.ts";
import { maskEntry, maskState } from "./masking.ts";
import { type ApiCall, type ApiRoute, route, routeWithBody } from "./route.ts";
import { entry } from "./schema/entries.ts";
import { fault } from "./schema/faults.ts";
import { humanPatch, humanSpeech } from "./schema/human.ts";
import { noQuery, revealQuery } from "./schema/query.ts";
import { rulesPatch } from "./schema/rules.ts";
import { robotState } from "./schema/state.ts";
import { list } from "./schema/values.ts";
import type { Fault, HumanPatch, HumanSpeech, RulesPatch } from "./types.ts";

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
    summary: "Change who speaks and where the robot's callbacks go",
    query,
    body: humanPatch,
    answers,
    handle: inRoom(changeHuman),
  }),
  routeWithBody({
    method: "POST",
    path: "/api/robots/{token}/human",
    summary: "Speak to the robot and wait for its answer",
    query: noQuery,
    body: humanSpeech,
    answers: { 200: entry },
    handle: inRoom(speakToRobot),
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

async function speakToRobot(room: Room, call: ApiCall, { text }: HumanSpeech): Promise<Reply> {
  const { deps, baseUrl } = call;
  // The callback goes on if the page is closed meanwhile, and ends with the sandbox.
  const entry = await speak(deps, { room, text, baseUrl, signal: deps.closing });
  return { status: 200, json: maskEntry(entry) };
}

function stateOf(room: Room, { deps, query }: RobotCall) {
  const state = room.state(deps.clock.now());
  return query.reveal === "1" ? state : maskState(state);
}
