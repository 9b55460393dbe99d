import type { Logger } from "pino";
import type { BindingInit, Direction } from "./binding.ts";
import { componentTypeOf } from "./component.ts";
import { ambiguous, BindingError, notInitialized } from "./errors.ts";
import { Instance, type InstanceDeps } from "./instance.ts";
import { LoadLog } from "./load-log.ts";
import { type PeerOrigin, Peers } from "./peers.ts";
import type { SavedInit, StateFile } from "./state-file.ts";

/** What the {@link Instances} of a component are made of. */
export interface InstancesOptions extends InstanceDeps {
  /** Keeps every Init for the next start of the process. */
  readonly stateFile?: StateFile | undefined;
  /** Ends a connection that daprd left open and uses no more. */
  readonly endConnection?: (connection: string) => void;
  /** Hears whether apps share a component name with different configurations. */
  readonly onShared?: (isShared: boolean) => void;
}

/**
 * All instances of one component. Instances of two components may have one name.
 *
 * What a connection said in its Init counts for the calls of that connection. daprd closes an idle
 * connection and dials again without an Init: such a call gets the instance of its name if there is
 * only one, and else is refused. daprd never says that it dropped a component, so an instance lives
 * until another configuration takes its place.
 *
 * An app that was idle, was started again with another configuration and is idle again looks like
 * two apps, so its call is refused too: a guess might send it to the other app's robot.
 */
export class Instances {
  readonly #options: InstancesOptions;
  readonly #log: Logger;
  readonly #types: ReadonlySet<string>;
  readonly #instances = new Map<string, readonly Instance[]>();
  readonly #loadLog: LoadLog;
  readonly #peers: Peers;
  /** How many daprds may use each type, by the questions for services that each asks at its start. */
  readonly #daprds = new Map<string, number>();
  #isRestored = false;
  #isEnding = false;

  constructor(options: InstancesOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#loadLog = new LoadLog(options.log);
    this.#peers = new Peers(options.clock);
    this.#types = new Set(options.component.names.map(componentTypeOf));
  }

  /**
   * The instance that a call is for.
   *
   * @throws {BindingError} of FAILED_PRECONDITION before the first Init, or if several apps have
   * configured the name differently and the connection does not tell which of them calls
   */
  get({ instance: name, connection }: PeerOrigin, direction: Direction): Instance {
    const own = this.#peers.use(connection, name);
    if (own !== undefined) return own;
    const [instance, ...others] = this.#candidates(name, direction);
    if (instance === undefined) throw notInitialized();
    if (others.length > 0) throw ambiguous();
    if (!instance.claims.connections(direction).includes(connection)) {
      instance.claims.adopt(direction, connection);
    }
    return instance;
  }

  /**
   * Makes the instance at its first Init and passes every configuration on to its binding.
   *
   * @throws {BindingError} of the binding
   */
  async init(init: BindingInit, origin: PeerOrigin): Promise<void> {
    const { stateFile } = this.#options;
    const { instance: name, componentType, connection } = origin;
    const instance = this.#tryConfigure(init, origin);
    instance.claims.add(init.direction, connection);
    const former = this.#peers.bind(connection, instance);
    if (former !== instance) former?.claims.drop(connection);
    stateFile?.save({ ...init, instance: name, componentType }, this.#isHeld);
    this.#tidy(name);
    this.#loadLog.tellLoad(init.direction, origin);
    // daprd never repeats an answered Init, so the file has to hold it before the answer.
    await stateFile?.flush();
  }

  /** Notes that a daprd asked for the services of a type, which it does once when it starts. */
  asked(componentType: string): void {
    this.#daprds.set(componentType, (this.#daprds.get(componentType) ?? 0) + 1);
  }

  /** Notes that a connection closed. */
  closed(connection: string): void {
    // Our own end tells nothing of daprd's configurations.
    if (this.#isEnding) return;
    const mayComeBack = this.#peers.close(connection);
    for (const [name, instances] of this.#instances) {
      for (const { claims } of instances) {
        if (mayComeBack) claims.rest(connection);
        else claims.drop(connection);
      }
      if (instances.length > 1) this.#tidy(name);
    }
  }

  /** Notes that a Read stream opened (1) or closed (-1), and remembers over a restart that daprd reads. */
  countReads(origin: PeerOrigin, change: 1 | -1): void {
    this.#peers.countReads(origin.connection, change);
    if (change === 1) this.#options.stateFile?.markReading(origin);
  }

  /**
   * Takes up what daprd told a former process, because daprd does not tell it again. Leaves the
   * Inits of other components alone.
   *
   * @returns the instances that daprd read from; daprd does not read again by itself
   */
  restore(saved: readonly SavedInit[]): Instance[] {
    const own = saved.filter(({ componentType }) => this.#types.has(componentType));
    for (const init of own) this.#restoreOne(init);
    const names = own.filter(({ reading }) => reading === true).map(({ instance }) => instance);
    return this.#all().filter(({ name }) => names.includes(name));
  }

  /** Closes all bindings. A failure is logged, and the others are closed all the same. */
  async close(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#all().map((instance) => this.#closeOne(instance)));
  }

  async #closeOne(instance: Instance): Promise<void> {
    await instance.close().catch((error: unknown) => {
      this.#log.error({ err: error, instance: instance.name }, "a binding did not close");
    });
  }

  #all(): Instance[] {
    return [...this.#instances.values()].flat();
  }

  #of(name: string): readonly Instance[] {
    return this.#instances.get(name) ?? [];
  }

  #isHeld = ({ instance, properties }: SavedInit): boolean =>
    this.#of(instance).some((other) => other.isConfiguredBy(properties));

  #candidates(name: string, direction: Direction): readonly Instance[] {
    const all = this.#of(name);
    if (all.length < 2) return all;
    const sameDirection = all.filter(({ claims }) => claims.has(direction));
    const known = sameDirection.length > 0 ? sameDirection : all;
    const held = known.filter(({ claims }) => claims.isHeld);
    return held.length > 0 ? held : known;
  }

  #tryConfigure(init: BindingInit, origin: PeerOrigin): Instance {
    try {
      return this.#configure(init, origin);
    } catch (error) {
      if (error instanceof BindingError) this.#loadLog.tellRefused(error, init.direction, origin);
      throw error;
    }
  }

  /** Equal configurations share an instance. A new one takes the place of one that nobody uses. */
  #configure(init: BindingInit, { instance: name, ...origin }: PeerOrigin): Instance {
    const all = this.#of(name);
    const instance =
      all.find((other) => other.isConfiguredBy(init.properties)) ??
      all.find((other) => this.#isSuperseded(other, origin)) ??
      new Instance(name, this.#options);
    const isNewConfiguration = !instance.isConfiguredBy(init.properties);
    instance.init(init);
    if (!all.includes(instance)) this.#instances.set(name, [...all, instance]);
    else if (isNewConfiguration) this.#endUnused(instance, origin.connection);
    return instance;
  }

  /** Whether the Init of a connection comes from the only app that uses an instance. */
  #isSuperseded(
    { claims }: Instance,
    { connection, componentType }: Omit<PeerOrigin, "instance">,
  ): boolean {
    if (!claims.isHeld || claims.isOneApp(connection)) return true;
    const daprds = (this.#daprds.get(componentType) ?? 0) + (this.#isRestored ? 1 : 0);
    if (daprds !== 1) return false;
    // One daprd that loads a component again has ended its Read stream and its output connection.
    const isUsed = claims.connections("input").some((other) => this.#peers.isReading(other));
    return !isUsed && claims.connections("output").length === 0;
  }

  /** daprd leaves the input connection open when it loads a component again. */
  #endUnused({ claims }: Instance, newConnection: string): void {
    for (const connection of claims.connections("input")) {
      if (connection === newConnection || this.#peers.isReading(connection)) continue;
      if (claims.connections("output").includes(connection)) continue;
      claims.drop(connection);
      this.#options.endConnection?.(connection);
    }
  }

  /** Drops the instances of a name that no app uses any more, but never the last one. */
  #tidy(name: string): void {
    const all = this.#of(name);
    const held = all.filter(({ claims }) => claims.isHeld);
    if (held.length > 0 && held.length < all.length) {
      this.#instances.set(name, held);
      for (const instance of all.filter((other) => !held.includes(other))) this.#drop(instance);
      this.#options.stateFile?.retain(name, this.#isHeld);
    }
    this.#tellShared();
  }

  #drop(instance: Instance): void {
    for (const connection of instance.claims.connections()) {
      this.#options.endConnection?.(connection);
    }
    void this.#closeOne(instance);
  }

  #tellShared(): void {
    const shared = [...this.#instances.keys()].filter((name) => this.#isShared(name));
    this.#loadLog.tellShared(shared);
    this.#options.onShared?.(shared.length > 0);
  }

  #isShared(name: string): boolean {
    return (["input", "output"] as const).some(
      (direction) => this.#of(name).filter(({ claims }) => claims.has(direction)).length > 1,
    );
  }

  #restoreOne({ instance: name, componentType, ...init }: SavedInit): void {
    const fields = { instance: name, type: componentType, direction: init.direction };
    const all = this.#of(name);
    const instance =
      all.find((other) => other.isConfiguredBy(init.properties)) ??
      new Instance(name, this.#options);
    try {
      instance.init(init);
      if (!all.includes(instance)) this.#instances.set(name, [...all, instance]);
      instance.claims.add(init.direction, undefined);
      this.#isRestored = true;
      this.#log.info(fields, "took the component up from the state file");
    } catch (error) {
      if (!(error instanceof BindingError)) throw error;
      const { reason } = error.labels;
      this.#log.warn({ ...fields, reason }, "could not take the component up");
    }
  }
}
