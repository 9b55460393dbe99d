// The people who write to a robot of the sandbox, and what the sandbox knows of their messages.

/**
 * @typedef {import("../../sandbox/api/types.ts").Entry} Entry
 * @typedef {import("../../sandbox/api/types.ts").FaultEffect} FaultEffect
 * @typedef {import("../../sandbox/api/types.ts").RobotState} RobotState
 */

export const clientSecret = "kill-matrix-client-secret";

/** Writes numbered messages to one robot. */
export class Human {
  /** When each message was said, on the row's clock. @type {Map<number, number>} */
  saidAt = new Map();
  /** @type {Promise<unknown>[]} */
  #speeches = [];
  #origin;
  #clock;
  /** The robot's token. */
  token;

  /**
   * @param {string} origin of the sandbox
   * @param {string} token
   * @param {import("./clock.mjs").Clock} clock
   */
  constructor(origin, token, clock) {
    this.#origin = origin;
    this.token = token;
    this.#clock = clock;
  }

  /**
   * Says one message and does not wait for what becomes of it.
   *
   * @param {object} [more] of the speech
   * @returns {number}
   */
  say(more = {}) {
    const number = this.saidAt.size + 1;
    this.saidAt.set(number, this.#clock.elapsed());
    const speech = this.#call("POST", "/human", { text: `message ${number}`, ...more });
    // A sandbox that closes ends the speeches that still wait for an ack.
    speech.catch(() => {});
    this.#speeches.push(speech);
    return number;
  }

  /** Waits until the sandbox has told of every message, which takes 3 s if one is not acked. */
  async listen() {
    await Promise.all(this.#speeches);
  }

  /** @param {Entry} entry to be pushed again now */
  async repeat({ id }) {
    await this.#call("POST", "/human", { again: id });
  }

  /** @param {Partial<import("../../sandbox/api/types.ts").HumanSettings>} settings */
  async configure(settings) {
    await this.#call("PATCH", "/human", settings);
  }

  /**
   * Sets a fault that hits the next messages or requests.
   *
   * @param {FaultEffect} effect
   * @param {number} next
   */
  async fault(effect, next = 1) {
    await this.#call("PUT", "/faults", [{ effect, next }]);
  }

  async endFaults() {
    await this.#call("PUT", "/faults", []);
  }

  /** The robot with its settings. */
  async state() {
    return /** @type {RobotState} */ (await this.#call("GET", ""));
  }

  /** The connections of the robot's program, oldest first. */
  async connections() {
    return (await this.state()).connections;
  }

  /** @param {string} id of the connection that gets a disconnect frame */
  async disconnect(id) {
    await fetch(`${this.#origin}/api/connections/${id}`, { method: "DELETE" });
  }

  /** The messages of the human, with all their pushes. */
  async entries() {
    return await this.#read("human");
  }

  /** What was said in the room by the program. */
  async answers() {
    return await this.#read("reply");
  }

  /**
   * @param {"human" | "reply"} kind
   * @returns {Promise<Entry[]>}
   */
  async #read(kind) {
    const url = `${this.#origin}/api/entries?token=${this.token}&kind=${kind}&reveal=1`;
    return /** @type {Entry[]} */ (await (await fetch(url)).json());
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<unknown>}
   */
  async #call(method, path, body) {
    const response = await fetch(`${this.#origin}/api/robots/${this.token}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`the sandbox refused: ${await response.text()}`);
    return await response.json();
  }
}
