import { notSentReasons } from "../../src/delivery/errors.ts";
import { catalogue } from "../../src/dingtalk/errcodes.ts";
import { unreachableReasons } from "../../src/dingtalk/errors.ts";

/** Every reason that documents list. */
export const reasons: readonly string[] = [
  ...new Set([
    ...catalogue.map(({ reason }) => reason),
    ...Object.keys(unreachableReasons),
    ...Object.keys(notSentReasons),
  ]),
];
