import type { HumanSettings, RobotState } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { ApiFailure, speak } from "../data/api.ts";
import { button, el } from "../elements/dom.ts";
import { chosenOf, select } from "../elements/form.ts";
import { icon } from "../elements/icons.ts";
import { AlsoMention } from "./also-mention.ts";
import { type Kind, onlyInChat, speechOf } from "./kinds.ts";

/** The field to speak in: the text goes to the robot's program as a callback. */
export class Composer {
  readonly node: HTMLElement;
  readonly #texts: Context["texts"];
  readonly #text: HTMLTextAreaElement;
  readonly #status = el("p", { class: "composer-status", role: "status" });
  readonly #openSettings: () => void;
  readonly #setCallback: HTMLButtonElement;
  readonly #kind: HTMLSelectElement;
  readonly #alsoMention: AlsoMention;
  #robot: RobotState;

  constructor(context: Context, robot: RobotState, openSettings: () => void) {
    const { texts } = context;
    this.#texts = texts;
    this.#alsoMention = new AlsoMention(context);
    this.#robot = robot;
    this.#openSettings = openSettings;
    this.#text = el("textarea", {
      class: "composer-text",
      rows: 1,
      placeholder: texts.say,
      "aria-label": texts.say,
    });
    this.#text.addEventListener("keydown", (event) => this.#onKey(event));
    this.#setCallback = button({ class: "callback-target" }, openSettings);
    const settings = button(
      { class: "icon-button", "aria-label": texts.humanSettings, title: texts.humanSettings },
      openSettings,
      icon("settings"),
    );
    const send = el(
      "button",
      { class: "send-button", "aria-label": texts.send, title: texts.send },
      icon("send"),
    );
    this.#kind = select<Kind>(texts.kinds, "text", {
      class: "composer-kind",
      "aria-label": texts.kind,
      title: texts.kind,
    });
    const box = el("form", { class: "composer-box" }, settings, this.#kind, this.#text, send);
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.node = el(
      "footer",
      { class: "composer" },
      box,
      el(
        "div",
        { class: "composer-foot" },
        this.#setCallback,
        this.#alsoMention.node,
        this.#status,
      ),
    );
    this.update(robot);
  }

  /** Shows where callbacks go now. */
  update(robot: RobotState): void {
    this.#robot = robot;
    const label = this.#target(robot);
    if (this.#setCallback.textContent !== label) this.#setCallback.textContent = label;
    this.#alsoMention.update(robot);
    const isGroup = robot.human.conversationType === "2";
    for (const option of this.#kind.options) {
      option.disabled = isGroup && onlyInChat.some((kind) => kind === option.value);
    }
    if (this.#kind.selectedOptions[0]?.disabled) this.#kind.value = "text";
  }

  /** Where messages go. */
  #target({ human, connections }: RobotState): string {
    const { callbackUrl, conversationType, mode } = human;
    if (!isReady(human)) return this.#texts.setCallback;
    const open = connections.filter(({ state, getsMessages }) => state === "open" && getsMessages);
    const where = mode === "http" ? callbackUrl : this.#texts.streamTarget(open.length);
    return `→ ${where} · ${this.#texts.conversationTypes[conversationType]}`;
  }

  /** Enter sends the text. Shift+Enter and the Enter of an input method for Chinese do not. */
  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void this.#send();
  }

  async #send(): Promise<void> {
    const text = this.#text.value.trim();
    const speech = speechOf(chosenOf<Kind>(this.#texts.kinds, this.#kind) ?? "text", text);
    if (speech === undefined) return;
    if (!isReady(this.#robot.human)) {
      this.#openSettings();
      return;
    }
    this.#text.value = "";
    this.#status.textContent = "";
    const alsoMention = this.#alsoMention.tokens;
    try {
      await speak(this.#robot.token, alsoMention.length > 0 ? { ...speech, alsoMention } : speech);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      this.#text.value ||= text;
      this.#status.textContent = this.#texts.failed(error.reason || this.#texts.noConnection);
    }
  }
}

/** Whether it is said how the robot's program gets messages. */
function isReady({ mode, callbackUrl, appSecret }: HumanSettings): boolean {
  return mode === "http" ? callbackUrl !== null : appSecret !== null;
}
