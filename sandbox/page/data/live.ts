import type { Cleared, Entry, RobotState, Snapshot } from "../../api/types.ts";
import type { Store } from "./store.ts";

const retryMs = 2000;

/**
 * Keeps a store up to date until the page goes. A broken stream is resumed by the browser itself
 * with `Last-Event-ID`; where it gives up, because the sandbox answered something else, a new
 * stream begins, and its snapshot replaces what was known.
 */
export function followSandbox(store: Store, onConnection: (isLive: boolean) => void): void {
  const events = new EventSource("/api/events");
  events.addEventListener("open", () => onConnection(true));
  events.addEventListener("error", () => {
    onConnection(false);
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(() => followSandbox(store, onConnection), retryMs);
  });
  // The stream comes from the sandbox itself, and its types are those that the sandbox writes.
  on(events, "snapshot", (snapshot: Snapshot) => store.reset(snapshot));
  on(events, "entry", (entry: Entry) => store.putEntry(entry));
  on(events, "robot", (robot: RobotState) => store.putRobot(robot));
  on(events, "cleared", (cleared: Cleared) => store.clear(cleared));
}

function on<Payload>(events: EventSource, name: string, handle: (payload: Payload) => void): void {
  events.addEventListener(name, (event: MessageEvent<string>) => handle(JSON.parse(event.data)));
}
