import type { Cleared, Entry, RobotState, Snapshot, Unmatched } from "../../api/types.ts";
import type { Store } from "./store.ts";

const retryMs = 2000;

/**
 * Keeps a store up to date as long as the page is open. The browser itself resumes a broken stream
 * with `Last-Event-ID`. If the browser gives up, because the answer was no event stream, a new stream
 * begins, and its snapshot replaces the contents of the store.
 */
export function followSandbox(store: Store, onConnection: (isLive: boolean) => void): void {
  const events = new EventSource("/api/events");
  events.addEventListener("open", () => onConnection(true));
  events.addEventListener("error", () => {
    onConnection(false);
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(() => followSandbox(store, onConnection), retryMs);
  });
  // Unchecked: the stream comes from the sandbox itself, which writes these types.
  on(events, "snapshot", (snapshot: Snapshot) => store.reset(snapshot));
  on(events, "entry", (entry: Entry) => store.putEntry(entry));
  on(events, "robot", (robot: RobotState) => store.putRobot(robot));
  on(events, "cleared", (cleared: Cleared) => store.clear(cleared));
  on(events, "unmatched", (unmatched: Unmatched[]) => store.putUnmatched(unmatched));
}

function on<Payload>(events: EventSource, name: string, handle: (payload: Payload) => void): void {
  events.addEventListener(name, (event: MessageEvent<string>) => handle(JSON.parse(event.data)));
}
