import type { Store } from "../data/store.ts";
import { countdown } from "../texts/format.ts";

/**
 * Writes the time that is left into every countdown on the page. A countdown is hidden when the
 * penalty is over, also when a change of the rules has ended it early.
 */
export function tick(store: Store): void {
  for (const clock of document.querySelectorAll<HTMLElement>(".countdown")) {
    const { token = "", endsAt = "" } = clock.dataset;
    const leftMs = Number(endsAt) - store.now();
    const isOn = leftMs > 0 && store.robot(token)?.penaltyEndsAt != null;
    clock.textContent = isOn ? countdown(leftMs) : "";
    if (clock.parentElement !== null) clock.parentElement.hidden = !isOn;
  }
}
