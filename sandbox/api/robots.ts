import { parseJson } from "../../src/base/json.ts";
import { failure, type Reply } from "../http/reply.ts";
import { speak } from "../human/speak.ts";
import type { Room } from "../rooms/room.ts";
import { readFaults, readHumanPatch, readRulesPatch, readSpeech } from "./input.ts";
import { maskEntry, maskState } from "./masking.ts";
import { InputError } from "./readers.ts";
import type { ApiCall, ApiReply, ApiRoute } from "./route.ts";

/** What is set for a robot, and its human. */
export const robotRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "/api/robots", handle: listRobots },
  { method: "GET", path: "/api/robots/{token}", handle: showRobot },
  { method: "PATCH", path: "/api/robots/{token}/rules", handle: inRoom(changeRules) },
  { method: "PUT", path: "/api/robots/{token}/faults", handle: inRoom(setFaults) },
  { method: "PATCH", path: "/api/robots/{token}/human", handle: inRoom(changeHuman) },
  { method: "POST", path: "/api/robots/{token}/human", handle: inRoom(letSpeak) },
];

const unknownRobot = failure(404, "no such robot");

function listRobots(call: ApiCall): ApiReply {
  return { status: 200, json: call.stage.rooms.all.map((room) => stateOf(room, call)) };
}

/** A robot that is set up before its first use is made, as on first use. */
function inRoom(handle: (room: Room, call: ApiCall) => Reply | Promise<Reply>) {
  return (call: ApiCall): Reply | Promise<Reply> => {
    const { stage, parameter } = call;
    const room = parameter === "" ? undefined : stage.rooms.findOrOpen(parameter);
    return room === undefined ? unknownRobot : handle(room, call);
  };
}

function showRobot(call: ApiCall): Reply {
  const room = call.stage.rooms.find(call.parameter);
  return room === undefined ? unknownRobot : { status: 200, json: stateOf(room, call) };
}

function changeRules(room: Room, call: ApiCall): Reply {
  const rules = { ...room.rules, ...readRulesPatch(readJson(call)) };
  call.stage.rooms.configure(room, () => room.setRules(rules));
  return showRobot(call);
}

function setFaults(room: Room, call: ApiCall): Reply {
  const faults = readFaults(readJson(call));
  call.stage.rooms.configure(room, () => room.setFaults(faults));
  return showRobot(call);
}

function changeHuman(room: Room, call: ApiCall): Reply {
  const human = { ...room.human, ...readHumanPatch(readJson(call)) };
  call.stage.rooms.configure(room, () => room.setHuman(human));
  return showRobot(call);
}

async function letSpeak(room: Room, call: ApiCall): Promise<Reply> {
  const { text } = readSpeech(readJson(call));
  // A page that is closed meanwhile does not take the words back.
  const { stage, baseUrl, closing } = call;
  const entry = await speak({ stage, room, text, baseUrl, signal: closing });
  return { status: 200, json: maskEntry(entry) };
}

function stateOf(room: Room, { stage, query }: ApiCall) {
  const state = room.state(stage.clock.now());
  return query.get("reveal") === "1" ? state : maskState(state);
}

function readJson({ body }: ApiCall): unknown {
  const value = parseJson(body.toString());
  if (value === undefined) throw new InputError("", "is not JSON");
  return value;
}
