import { describe, expect, test } from "vitest";
import { useBrowser } from "./support/opened-page.ts";

const open = useBrowser();

describe("the page", () => {
  test.each([
    ["light", "rgb(250, 248, 244)"],
    ["dark", "rgb(24, 24, 21)"],
  ] as const)(
    "is drawn in %s colours where the reader prefers them",
    async (colorScheme, colour) => {
      const { page } = await open({ browser: { colorScheme } });

      const shown = await page.evaluate("getComputedStyle(document.body).backgroundColor");

      expect(shown).toBe(colour);
    },
  );
});
