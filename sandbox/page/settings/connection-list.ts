import type { Connection, RobotState } from "../../api/types.ts";
import { disconnect } from "../data/api.ts";
import { button, el } from "../elements/dom.ts";
import type { FormStatus } from "../elements/form.ts";
import { icon } from "../elements/icons.ts";
import { shortId, timeOfDay } from "../texts/format.ts";
import type { Texts } from "../texts/texts.ts";

/** The connections that the robot's program has opened, each with a button that ends it. */
export class ConnectionList {
  readonly node: HTMLElement;
  readonly #texts: Texts;
  readonly #status: FormStatus;
  readonly #list = el("ul", { class: "connection-list" });

  constructor(texts: Texts, status: FormStatus) {
    this.#texts = texts;
    this.#status = status;
    this.#list.setAttribute("aria-label", texts.connections);
    this.node = el("div", { class: "field" }, el("h3", {}, texts.connections), this.#list);
  }

  /** Draws the connections as they are now. */
  update({ connections }: RobotState): void {
    const items = connections.map((connection) => this.#draw(connection));
    const none = el("li", { class: "hint" }, this.#texts.noConnections);
    this.#list.replaceChildren(...(items.length > 0 ? items : [none]));
  }

  #draw(connection: Connection): HTMLElement {
    const texts = this.#texts;
    const { id, ua, openedAt, remoteAddress, state, getsMessages } = connection;
    const facts = [timeOfDay(openedAt), remoteAddress, ua].filter((fact) => fact !== "");
    const end = button(
      { class: "button" },
      () => void this.#status.report(disconnect(id), texts.disconnecting),
      texts.disconnect,
    );
    return el(
      "li",
      { class: "stream-connection" },
      icon("link"),
      el(
        "span",
        { class: "fault-text" },
        el("strong", {}, shortId(id)),
        el("span", { class: "hint" }, facts.join(" · ")),
        !getsMessages && el("span", { class: "connection-deaf" }, texts.getsNoMessages),
      ),
      state === "open" ? end : el("span", { class: "hint" }, texts.disconnecting),
    );
  }
}
