import { type Child, el } from "./dom.ts";

const safeSchemes = new Set(["http:", "https:", "mailto:", "dingtalk:"]);

/** The address as the browser reads it; undefined if its scheme may run script. */
function safeHref(address: unknown): string | undefined {
  if (typeof address !== "string") return undefined;
  const url = parse(address.trim());
  return url !== undefined && safeSchemes.has(url.protocol) ? url.href : undefined;
}

/** The host of a web address, to show where a link or a picture leads; empty without a host. */
export function hostOf(address: unknown): string {
  const url = typeof address === "string" ? parse(address.trim()) : undefined;
  return url?.host ?? "";
}

/** Creates a link out of the sandbox. An unsafe address gives the same content without a link. */
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

/** Undefined for a relative address, which has no meaning in a message. */
function parse(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}
