import { type Child, el } from "./dom.ts";

const safeSchemes = new Set(["http:", "https:", "mailto:", "dingtalk:"]);

/** The address in full, or undefined for one that a browser must not follow. */
export function safeHref(address: unknown): string | undefined {
  if (typeof address !== "string") return undefined;
  const url = parse(address.trim());
  return url !== undefined && safeSchemes.has(url.protocol) ? url.href : undefined;
}

/** The host of a web address, for showing where something would come from. */
export function hostOf(address: unknown): string {
  const url = typeof address === "string" ? parse(address.trim()) : undefined;
  return url?.host ?? "";
}

/** A link out of the sandbox, or the same text without one where the address is not safe. */
export function externalLink(
  address: unknown,
  { className }: { readonly className: string },
  ...children: readonly Child[]
): HTMLElement {
  const href = safeHref(address);
  if (href === undefined) {
    return el(
      "span",
      { class: `${className} dead-link`, title: String(address ?? "") },
      ...children,
    );
  }
  const attributes = { class: className, href, target: "_blank", rel: "noopener noreferrer" };
  return el("a", { ...attributes, title: href }, ...children);
}

/** Relative addresses have no meaning in a message, so none is resolved. */
function parse(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}
