import type { Logger } from "pino";
import { type Clock, systemClock } from "../base/clock.ts";
import { Siblings } from "../binding/siblings.ts";
import { WebhookBinding } from "../binding/webhook-binding.ts";
import type { CreateBinding } from "../dapr/binding.ts";
import { ComponentServer } from "../dapr/component-server.ts";
import type { SocketPlan } from "../dapr/sockets.ts";
import { StateFile } from "../dapr/state-file.ts";
import { Delivery } from "../delivery/delivery.ts";
import type { SharedTime } from "../delivery/redis/redis-script.ts";
import { Connections } from "../dingtalk/connections.ts";
import type { RobotMessage } from "../dingtalk/message.ts";
import type { CallbackListener } from "../receiving/callback-listener.ts";
import { Callbacks } from "../receiving/callbacks.ts";
import { Inbox } from "../receiving/inbox.ts";
import { Sessions } from "../receiving/sessions.ts";
import { Streams } from "../receiving/streams.ts";
import { noReceiveTelemetry, type ReceiveTelemetry } from "../telemetry/receive-telemetry.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";
import type { Telemetry } from "../telemetry/watch.ts";
import { Observability } from "./observability.ts";
import { programName } from "./program.ts";

/** First word of every error text. */
export const errorDomain = "dingtalk";

/** gRPC's own limit. */
const defaultMaxMessageBytes = 4 * 1024 * 1024;
/** Time for the last spans where the calls in flight have used the grace up. */
const shortestFlushMs = 300;

/** What the bindings of a process are made of. */
export interface BindingFactoryOptions {
  readonly log: Logger;
  readonly clock?: Clock;
  /** At least 0 and below 1, as `Math.random`, which is the default. */
  readonly random?: () => number;
  /** The clock of all replicas that share a Redis. The default is the clock of Redis. */
  readonly sharedTime?: () => SharedTime;
  /** Watches every call. If unset, nobody does. */
  readonly telemetry?: Telemetry | undefined;
  /** Watches what is received. If unset, nobody does. */
  readonly receiveTelemetry?: ReceiveTelemetry | undefined;
  /** Port to which callbacks come. If unset, no component may receive by HTTP. */
  readonly callbackPort?: number | undefined;
}

/** Makes bindings that share connections, budgets and what is remembered of messages. */
export interface BindingFactory {
  readonly createBinding: CreateBinding;
  /** To be shut down when the process begins to end, and closed when all calls are answered. */
  readonly delivery: Delivery<RobotMessage>;
  /** Who takes callbacks. To be stopped when the process begins to end. */
  readonly callbacks: Callbacks;
  /** To be stopped when the process begins to end, before the Read streams end. */
  readonly inbox: Inbox;
  /** The connections to DingTalk. To be stopped with the inbox. */
  readonly streams: Streams;
}

/** Builds what stands behind the sockets. Opens nothing. */
export function createBindingFactory(
  options: BindingFactoryOptions,
  siblings = new Siblings(),
): BindingFactory {
  const { log, clock = systemClock, telemetry, random = Math.random, sharedTime } = options;
  const { callbackPort, receiveTelemetry = noReceiveTelemetry } = options;
  const connections = new Connections();
  const delivery = new Delivery<RobotMessage>({
    clock,
    log,
    random,
    ...(sharedTime && { sharedTime }),
  });
  const sessions = new Sessions(clock);
  const inbox = new Inbox({ clock, random, log, telemetry: receiveTelemetry, sessions });
  const callbacks = new Callbacks({ clock, log, telemetry: receiveTelemetry });
  const streams = new Streams({
    ...{ clock, random, log, connections, inbox },
    telemetry: receiveTelemetry,
  });
  const deps = {
    ...{ connections, delivery, siblings, clock, log, telemetry },
    ...{ sessions, inbox, callbacks, streams, receiveTelemetry },
    hasCallbackPort: callbackPort !== undefined,
  };
  return {
    createBinding: (instance, readers) => new WebhookBinding(instance, readers, deps),
    delivery,
    callbacks,
    inbox,
    streams,
  };
}

/** What a {@link Sidecar} is made of. */
export interface SidecarOptions extends BindingFactoryOptions {
  readonly sockets: SocketPlan;
  /** Largest message that daprd may send, in bytes; 4 MiB by default. */
  readonly maxMessageBytes?: number;
  /** Path of the file that carries what daprd told over a restart. If unset, none is kept. */
  readonly stateFile?: string | undefined;
  /** Address of the interface that the callback port is opened on. If unset, all. */
  readonly callbackHost?: string | undefined;
  /** Port of metrics and probes. If unset, no port is opened. */
  readonly metricsPort?: number | undefined;
  /** OpenTelemetry's variables. If unset, only an SDK that is loaded already gets traces. */
  readonly env?: NodeJS.ProcessEnv;
}

/** The running program, without its command line. */
export interface Sidecar {
  /**
   * Opens the metrics port, the sockets, then the callback port. Closes again what it opened if it
   * fails.
   *
   * @throws {SocketError}
   * @throws {PortError}
   */
  start(): Promise<void>;
  /**
   * Lets the messages that are with apps and the calls in flight finish within the grace and closes
   * everything, the metrics port last: probes are answered until then.
   */
  stop(graceMs: number): Promise<void>;
  /** How each configured component stands at the moment. */
  components(): ComponentStatus[];
}

/**
 * Builds all parts of the sidecar and reads the state file.
 *
 * @throws {StateFileError}
 */
export async function createSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { log, clock = systemClock, sockets } = options;
  const stateFile = await openStateFile(options);
  const siblings = new Siblings();
  const components = (): ComponentStatus[] => siblings.statuses();
  const observability = await Observability.create({
    ...{ ...options, components },
    forgottenKeys: () => delivery.forgottenKeys,
  });
  const { createBinding, delivery, callbacks, inbox, streams } = createBindingFactory(
    {
      ...options,
      telemetry: observability.telemetry,
      receiveTelemetry: options.receiveTelemetry ?? observability.receiveTelemetry,
    },
    siblings,
  );
  const server = new ComponentServer({
    program: programName,
    sockets,
    components: [{ names: sockets.names, domain: errorDomain, createBinding }],
    maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
    clock,
    log,
    stateFile,
  });
  let listener: CallbackListener | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    const until = clock.elapsed() + graceMs;
    // The app may call create and reply while it handles a message, and it answers on Read streams.
    callbacks.stop();
    await Promise.all([inbox.stop(graceMs), streams.stop(graceMs)]);
    const stopped = server.stop(Math.max(until - clock.elapsed(), 0));
    delivery.shutDown();
    await stopped;
    await delivery.close();
    await listener?.close();
    await observability.close(Math.max(until - clock.elapsed(), shortestFlushMs));
  };
  const start = async (): Promise<void> => {
    try {
      await observability.listen(() => server.findProblem());
      await server.start();
      listener = await listenForCallbacks(options, callbacks);
    } catch (error) {
      // What is open would keep a process alive that cannot start.
      await stop(0);
      throw error;
    }
  };
  return { start, stop, components };
}

async function listenForCallbacks(
  { callbackPort: port, callbackHost: host, clock = systemClock, log }: SidecarOptions,
  callbacks: Callbacks,
): Promise<CallbackListener | undefined> {
  if (port === undefined) return undefined;
  // Loaded only here, because node:http loads Node's own undici as well.
  const { CallbackListener } = await import("../receiving/callback-listener.ts");
  const listener = new CallbackListener(callbacks, clock);
  await listener.listen({ port, host });
  log.info({ port, host }, "callbacks are taken");
  return listener;
}

async function openStateFile({ stateFile, log }: SidecarOptions): Promise<StateFile | undefined> {
  if (stateFile === undefined) return undefined;
  return await StateFile.open(stateFile, ({ message }) => {
    log.error({ reason: message }, "cannot keep state over a restart");
  });
}
