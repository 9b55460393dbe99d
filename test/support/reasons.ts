import { notSentTexts } from "../../src/delivery/errors.ts";
import { catalogue } from "../../src/dingtalk/errcodes.ts";
import { unreachableRemedies } from "../../src/dingtalk/errors.ts";

/** Every reason that documents list. */
export const reasons: readonly string[] = [
  ...new Set([
    ...catalogue.map(({ reason }) => reason),
    ...Object.keys(unreachableRemedies),
    ...Object.keys(notSentTexts),
  ]),
];
