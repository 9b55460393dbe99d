import { describe, expect, test } from "vitest";
import { factsOf } from "../../src/delivery/channel.ts";
import { explainErrcode } from "../../src/dingtalk/errcodes.ts";
import { parseRefusal, RobotRefusedError } from "../../src/dingtalk/errors.ts";

const refusal = explainErrcode(310000, "keywords not in content");

describe("a refusal that another replica kept", () => {
  test.each([undefined, { arrived: 1, count: 3 }])("says how many parts arrived: %j", (parts) => {
    const refused =
      refusal && new RobotRefusedError(refusal, { errcode: 310000, errmsg: "", parts });

    const read = parseRefusal(JSON.stringify(refused), 0);

    expect(factsOf(read)).toEqual(refused?.facts);
    expect(factsOf(read).parts).toEqual(parts);
  });
});
