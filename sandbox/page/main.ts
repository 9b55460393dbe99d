import { App } from "./app.ts";
import { followSandbox } from "./data/live.ts";
import { Store } from "./data/store.ts";
import { tick } from "./log/ticker.ts";
import { preferredLanguage } from "./texts/language.ts";
import type { Language } from "./texts/texts.ts";

const tickMs = 1000;

/** Connects the store, the stream and the page. The store changes at once; drawing happens once a frame. */
function start(): void {
  const store = new Store(() => draw());
  let isLive = true;
  let isDrawing = false;
  let app = open(preferredLanguage());

  function open(language: Language): App {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    const opened = new App(store, language, (chosen) => {
      app = open(chosen);
      draw();
    });
    opened.setConnection(isLive);
    document.body.replaceChildren(opened.node);
    return opened;
  }

  function draw(): void {
    if (isDrawing) return;
    isDrawing = true;
    requestAnimationFrame(() => {
      isDrawing = false;
      app.update();
      tick(store);
    });
  }

  window.addEventListener("hashchange", draw);
  setInterval(() => tick(store), tickMs);
  followSandbox(store, (isConnected) => {
    isLive = isConnected;
    app.setConnection(isConnected);
  });
}

start();
