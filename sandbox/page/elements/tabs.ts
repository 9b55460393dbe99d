import { button, el } from "./dom.ts";

/** One of several panels. Only the selected one is shown. */
export interface Tab<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly draw: () => Node;
}

/** The tab that is selected at first, and what to do when the reader chooses one. */
export interface TabChoice<Name extends string> {
  readonly selected: Name;
  readonly onSelect: (name: Name) => void;
}

/**
 * Creates tabs by the pattern of WAI-ARIA: the Tab key stops once, the arrow keys move between tabs.
 *
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
 */
export function tabs<Name extends string>(
  label: string,
  all: readonly Tab<Name>[],
  { selected, onSelect }: TabChoice<Name>,
): HTMLElement {
  const panel = el("div", { class: "tab-panel", role: "tabpanel", id: "tab-panel", tabindex: 0 });
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": label });
  const buttons = all.map((tab) =>
    button(
      { class: "tab", role: "tab", id: `tab-${tab.name}`, "aria-controls": "tab-panel" },
      () => choose(tab),
      tab.label,
    ),
  );
  list.append(...buttons);
  list.addEventListener("keydown", (event) => {
    const target = moveBy(
      event.key,
      all.findIndex(({ name }) => name === list.dataset.selected),
      all.length,
    );
    const tab = target === undefined ? undefined : all[target];
    if (target === undefined || tab === undefined) return;
    event.preventDefault();
    choose(tab);
    buttons[target]?.focus();
  });

  function choose(tab: Tab<Name>): void {
    select(tab);
    onSelect(tab.name);
  }

  function select(tab: Tab<Name>): void {
    list.dataset.selected = tab.name;
    for (const [index, { name }] of all.entries()) {
      buttons[index]?.setAttribute("aria-selected", String(name === tab.name));
      buttons[index]?.setAttribute("tabindex", name === tab.name ? "0" : "-1");
    }
    panel.setAttribute("aria-labelledby", `tab-${tab.name}`);
    panel.replaceChildren(tab.draw());
  }

  const first = all.find(({ name }) => name === selected) ?? all[0];
  if (first !== undefined) select(first);
  return el("div", { class: "tabbed" }, list, panel);
}

function moveBy(key: string, current: number, count: number): number | undefined {
  const targets: Readonly<Record<string, number>> = {
    ArrowRight: (current + 1) % count,
    ArrowLeft: (current - 1 + count) % count,
    Home: 0,
    End: count - 1,
  };
  return targets[key];
}
