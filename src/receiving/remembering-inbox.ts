import type { Inbox } from "./inbox.ts";
import type { Receipt } from "./receipt.ts";
import type { ReceivedMessage } from "./received-message.ts";
import type { ReceivingApp } from "./receiving-app.ts";
import type { Sessions } from "./sessions.ts";

/** The inbox, which remembers how to reply to each message before it takes the message. */
export function rememberSessions(inbox: Inbox, sessions: Sessions): Inbox {
  return {
    receive(app: ReceivingApp, message: ReceivedMessage): Receipt {
      const { msgId, session } = message;
      if (msgId !== undefined && session !== undefined) {
        sessions.put({ robot: app.robot, msgId, redis: app.redis }, session);
      }
      return inbox.receive(app, message);
    },
    readersChanged: (app) => inbox.readersChanged(app),
    stop: (graceMs) => inbox.stop(graceMs),
  };
}
