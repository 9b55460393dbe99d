import type { Logger } from "pino";
import type { Secret } from "../base/secret.ts";
import type { ReceivingApp } from "./receiving-app.ts";

/** A component that shares a stream. */
export interface StreamMember {
  readonly app: ReceivingApp;
  /** The component's `id`. */
  readonly id: string;
  readonly clientSecret: Secret;
}

/** The components that share a stream. They get its messages in turn. */
export class StreamMembers {
  readonly #log: Logger;
  #members: readonly StreamMember[] = [];
  #turn = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  get isEmpty(): boolean {
    return this.#members.length === 0;
  }

  /** Whether daprd reads from a component. */
  get isRead(): boolean {
    return this.#members.some(({ app }) => app.isReading);
  }

  /** The secret of the component that came last; undefined without components. */
  get secret(): Secret | undefined {
    return this.#members.at(-1)?.clientSecret;
  }

  /** The names of the components, each once. */
  get instances(): string[] {
    return [...new Set(this.#members.map(({ app }) => app.instance))];
  }

  has(member: StreamMember): boolean {
    return this.#members.includes(member);
  }

  hasApp(app: ReceivingApp): boolean {
    return this.#members.some((member) => member.app === app);
  }

  /** Adds a component. Warns if it is at odds with those that are here. */
  add(member: StreamMember): void {
    this.#members = [...this.#members, member];
    this.#warnOfShares();
    this.#warnOfSecrets();
  }

  remove(member: StreamMember): void {
    this.#members = this.#members.filter((other) => other !== member);
  }

  /** The component whose turn it is. Those that read come before all others. */
  next(): ReceivingApp | undefined {
    const apps = this.#members.map(({ app }) => app);
    const reading = apps.filter(({ isReading }) => isReading);
    const ready = reading.length > 0 ? reading : apps;
    this.#turn += 1;
    return ready[this.#turn % Math.max(1, ready.length)];
  }

  #warnOfShares(): void {
    const ids = new Set(this.#latest().map(({ id }) => id));
    if (ids.size < 2) return;
    const text = "components of different ids share a clientId, each message goes to one of them";
    this.#log.warn({ instances: this.instances, ids: [...ids] }, text);
  }

  #warnOfSecrets(): void {
    const secrets = new Set(this.#latest().map(({ clientSecret }) => clientSecret.reveal()));
    if (secrets.size < 2) return;
    const text =
      "components share a clientId and have different clientSecrets, that of the latest one counts";
    this.#log.warn({ instances: this.instances }, text);
  }

  /** By instance: a component whose settings came again may be here twice for a moment. */
  #latest(): StreamMember[] {
    return [...new Map(this.#members.map((member) => [member.app.instance, member])).values()];
  }
}
