import { el } from "./dom.ts";
import { icon } from "./icons.ts";
import { hostOf } from "./links.ts";

/**
 * Creates a frame in place of a picture. The page loads nothing from elsewhere: nobody learns that it
 * was opened, and it looks the same without a network.
 */
export function pictureFrame(
  address: string,
  { alt, size = "wide" }: { readonly alt: string; readonly size?: "wide" | "banner" | "thumb" },
): HTMLElement {
  const host = hostOf(address);
  const caption = alt === "" ? host : `${alt} · ${host}`;
  return el(
    "span",
    { class: `picture picture-${size}`, role: "img", "aria-label": caption, title: address },
    icon("picture"),
    size === "thumb" ? undefined : el("span", { class: "picture-alt" }, alt || undefined),
    size === "thumb" ? undefined : el("span", { class: "picture-host" }, host),
  );
}
