import { once } from "node:events";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { HumanPatch, RobotState } from "../../../../sandbox/api/types.ts";
import type { Sandbox, SandboxOptions } from "../../../../sandbox/server.ts";
import { robotTopic } from "../../../../src/dingtalk/stream/frames.ts";
import { eventually } from "../../../support/eventually.ts";
import type { FakeClock } from "../../../support/fake-clock.ts";
import { call, createSandbox, entries } from "../../support/sandbox.ts";

/** The Client Secret of the robots in these tests. */
export const clientSecret = "sandbox-client-secret";
export const humanOf = "PATCH /api/robots/sandbox/human";
export const speakTo = "POST /api/robots/sandbox/human";

/** A frame as a program reads it. */
export interface Frame {
  readonly specVersion: string;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: string;
}

/** A sandbox whose robot is in stream mode. */
export interface StreamRoom {
  readonly sandbox: Sandbox;
  readonly clock: FakeClock;
  readonly clientId: string;
}

/** Starts a sandbox and puts its first robot into stream mode. */
export async function createStreamRoom(
  human: HumanPatch = {},
  options: SandboxOptions = {},
): Promise<StreamRoom> {
  const { sandbox, clock } = await createSandbox(undefined, options);
  const patch = { mode: "stream", appSecret: clientSecret, ...human };
  const { json } = await call<RobotState>(sandbox, humanOf, patch);
  return { sandbox, clock, clientId: json.human.clientId };
}

/** Asks for a connection. `body` replaces fields of what a program usually sends. */
export async function open(
  { sandbox, clientId }: Pick<StreamRoom, "sandbox" | "clientId">,
  body: object | string = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const subscriptions = [{ type: "CALLBACK", topic: robotTopic }];
  const usual = { clientId, clientSecret, subscriptions, ua: "test/1.0" };
  return await fetch(`${sandbox.url}/v1.0/gateway/connections/open`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify({ ...usual, ...body }),
  });
}

/** A robot's program on a connection of its own. */
export class Program {
  readonly socket: WebSocket;
  /** Frames that are JSON with a message. */
  readonly messages: Frame[] = [];
  /** Other frames that are JSON. */
  readonly others: Frame[] = [];
  /** All frames as bytes, also those without JSON. */
  readonly raw: Buffer[] = [];
  pongs = 0;

  constructor(address: string, options: { readonly autoPong?: boolean } = {}) {
    this.socket = new WebSocket(address, { maxPayload: 4 * 1024 * 1024, ...options });
    this.socket.on("error", () => {});
    this.socket.on("pong", () => {
      this.pongs += 1;
    });
    this.socket.on("message", (data, isBinary) => {
      const bytes = Buffer.from(String(data));
      this.raw.push(bytes);
      if (!isBinary) this.#sort(bytes.toString());
    });
    onTestFinished(() => this.socket.terminate());
  }

  /** The message with this number, beginning with 1, as soon as it has come. */
  message(number = 1): Promise<Frame> {
    return eventually(() => this.messages[number - 1]);
  }

  /** Acks a frame as a program does. `fields` replaces fields of the ack. */
  ack({ headers: { messageId } }: Frame, fields: object = {}): void {
    const headers = { contentType: "application/json", messageId };
    const usual = { code: 200, message: "OK", headers, data: '{"response":null}' };
    this.socket.send(JSON.stringify({ ...usual, ...fields }));
  }

  /** Resolves with the close code. */
  closed(): Promise<number> {
    return new Promise((resolve) => this.socket.once("close", resolve));
  }

  #sort(text: string): void {
    if (!text.startsWith("{")) return;
    const frame: Frame = JSON.parse(text);
    (frame.type === "CALLBACK" ? this.messages : this.others).push(frame);
  }
}

/** The address that a ticket opens. */
export async function addressFor(
  room: Pick<StreamRoom, "sandbox" | "clientId">,
  body: object = {},
): Promise<string> {
  const { endpoint, ticket } = JSON.parse(await (await open(room, body)).text());
  return `${endpoint}?ticket=${ticket}`;
}

/** Opens a connection. */
export async function connect(
  room: Pick<StreamRoom, "sandbox" | "clientId">,
  body: object = {},
): Promise<Program> {
  const program = new Program(await addressFor(room, body));
  await once(program.socket, "open");
  return program;
}

/** The HTTP status with which an upgrade is refused. */
export async function refusalOf(
  address: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const socket = new WebSocket(address, { headers });
  socket.on("error", () => {});
  const [, { statusCode }] = await once(socket, "unexpected-response");
  socket.terminate();
  return statusCode;
}

export const faultsOf = "PUT /api/robots/sandbox/faults";

/** The callback of the first message that the human said. */
export async function callbackOf({ sandbox }: StreamRoom) {
  const [entry] = await entries(sandbox, "?kind=human");
  return entry?.callback ?? undefined;
}

/** The connections of the robot. */
export async function connectionsOf(room: StreamRoom) {
  return (await stateOf(room)).connections;
}

/** The state of the robot, with its secrets masked. */
export async function stateOf({ sandbox }: StreamRoom): Promise<RobotState> {
  return (await call<RobotState>(sandbox, "GET /api/robots/sandbox")).json;
}

/** Speaks, acks the message and returns its JSON. */
export async function speakAndAck(room: StreamRoom, program: Program) {
  const number = program.messages.length + 1;
  const speaking = call(room.sandbox, speakTo, { text: "x" });
  const frame = await program.message(number);
  program.ack(frame);
  await speaking;
  return JSON.parse(frame.data);
}

/** Sets one fault that hits once. */
export async function setFault({ sandbox }: StreamRoom, effect: object): Promise<void> {
  const { status } = await call(sandbox, faultsOf, [{ effect, next: 1 }]);
  if (status !== 200) throw new Error(`the fault was refused: HTTP ${status}`);
}
