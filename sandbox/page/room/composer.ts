import type { RobotState } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { ApiFailure, speak } from "../data/api.ts";
import { button, el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";

/** The field to speak in: the text goes to the robot's program as a callback. */
export class Composer {
  readonly node: HTMLElement;
  readonly #texts: Context["texts"];
  readonly #text: HTMLTextAreaElement;
  readonly #status = el("p", { class: "composer-status", role: "status" });
  readonly #openSettings: () => void;
  readonly #setCallback: HTMLButtonElement;
  #robot: RobotState;

  constructor({ texts }: Context, robot: RobotState, openSettings: () => void) {
    this.#texts = texts;
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
    const box = el("form", { class: "composer-box" }, settings, this.#text, send);
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.node = el(
      "footer",
      { class: "composer" },
      box,
      el("div", { class: "composer-foot" }, this.#setCallback, this.#status),
    );
    this.update(robot);
  }

  /** Shows where callbacks go now. */
  update(robot: RobotState): void {
    this.#robot = robot;
    const { callbackUrl } = robot.human;
    const label = callbackUrl === null ? this.#texts.setCallback : `→ ${callbackUrl}`;
    if (this.#setCallback.textContent !== label) this.#setCallback.textContent = label;
  }

  /** Enter sends the text. Shift+Enter and the Enter of an input method for Chinese do not. */
  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void this.#send();
  }

  async #send(): Promise<void> {
    const text = this.#text.value.trim();
    if (text === "") return;
    if (this.#robot.human.callbackUrl === null) {
      this.#openSettings();
      return;
    }
    this.#text.value = "";
    this.#status.textContent = "";
    try {
      await speak(this.#robot.token, text);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      this.#text.value ||= text;
      this.#status.textContent = this.#texts.failed(error.reason || this.#texts.noConnection);
    }
  }
}
