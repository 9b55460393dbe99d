import { type Refusal, refuse } from "./answers.ts";
import type { JsonObject } from "./json.ts";
import type { RobotSettings } from "./robot.ts";
import { type Acceptance, checkAddress, checkMessage, type RobotRequest } from "./robot-checks.ts";
import { type ReceivedMessage, Room } from "./room.ts";
import { StrangerThrottles } from "./throttle.ts";

/** What the sandbox makes of a request: a refusal, a delivery, or a repeat that is not delivered. */
export type Verdict = Refusal | (Acceptance & { readonly isRepeated: boolean });

/** All robots of a sandbox. Everything that reaches a robot goes through {@link Rooms.receive}. */
export class Rooms {
  readonly #rooms: ReadonlyMap<string, Room>;
  readonly #strangers = new StrangerThrottles();
  readonly #now: () => number;
  #lastId = 0;

  /** @param now milliseconds since 1970 */
  constructor(robots: readonly RobotSettings[], now: () => number) {
    this.#rooms = new Map(robots.map((robot) => [robot.token, new Room(robot)]));
    this.#now = now;
  }

  /** Plays the robot. */
  receive(request: RobotRequest): Verdict {
    const refusal = checkAddress(request);
    if (refusal !== undefined) return refusal;
    const now = this.#now();
    const token = request.query.get("access_token") ?? "";
    const room = this.#rooms.get(token);
    const penaltyMs = room?.throttle.admit(now) ?? this.#strangers.admit(token, now);
    if (penaltyMs > 0) return refuse("throttled", { penaltyMs });
    if (room === undefined) return refuse("token-unknown");
    const verdict = checkMessage(room.robot, request, now);
    if (!verdict.accepted) return verdict;
    const isRepeated = room.isRepeated(verdict.message);
    if (!isRepeated) room.add(this.#received(request, verdict.message, { token, now }));
    return { ...verdict, isRepeated };
  }

  /** Messages of one robot or of all, oldest first. */
  messages(token?: string): readonly ReceivedMessage[] {
    return this.#selected(token)
      .flatMap((room) => room.messages)
      .sort((one, other) => Number(one.id) - Number(other.id));
  }

  /** Forgets the messages of one robot or of all. */
  clear(token?: string): void {
    for (const room of this.#selected(token)) room.clear();
  }

  #selected(token: string | undefined): readonly Room[] {
    const rooms = [...this.#rooms.values()];
    return token === undefined ? rooms : rooms.filter(({ robot }) => robot.token === token);
  }

  #received(
    { query, headers }: RobotRequest,
    message: JsonObject,
    { token, now }: { token: string; now: number },
  ): ReceivedMessage {
    this.#lastId += 1;
    return {
      id: String(this.#lastId),
      token,
      receivedAt: new Date(now).toISOString(),
      message,
      // Written backwards, the first of two equal parameters wins, as in the checks.
      query: Object.fromEntries([...query].reverse()),
      headers,
    };
  }
}
