import { fileURLToPath } from "node:url";
import type { Locator, Page } from "playwright-core";
import { type Clock, systemClock } from "../../../src/base/clock.ts";

const folder = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const marginPx = 20;

/** A clock that shows the same times in each run, so that a picture changes only with the page. */
export class PictureClock implements Clock {
  readonly after = systemClock.after;
  #now = Date.UTC(2026, 0, 5, 1, 30);

  readonly now = (): number => {
    this.#now += 2;
    return this.#now;
  };

  readonly elapsed = (): number => this.now();

  pass(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

/**
 * Saves a picture of the page, or of the part that holds these elements, into `docs/images/`. Does so
 * only if `UPDATE_IMAGES` is 1.
 */
export async function takePicture(
  page: Page,
  name: string,
  parts: readonly Locator[] = [],
): Promise<void> {
  if (process.env.UPDATE_IMAGES !== "1") return;
  const boxes = await Promise.all(parts.map((part) => part.boundingBox()));
  const clip = around(boxes.filter((box) => box !== null));
  await page.screenshot({ path: `${folder}${name}.png`, ...(clip && { clip }) });
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function around(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  const x = Math.min(...boxes.map((box) => box.x)) - marginPx;
  const y = Math.min(...boxes.map((box) => box.y)) - marginPx;
  const right = Math.max(...boxes.map((box) => box.x + box.width)) + marginPx;
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + marginPx;
  return { x, y, width: right - x, height: bottom - y };
}
