import type { RobotState, Rules, RulesPatch } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { changeRules, fetchRobot } from "../data/api.ts";
import { noticeAfter } from "../elements/clipboard.ts";
import { button, el } from "../elements/dom.ts";
import { FormStatus, field, form, input, select } from "../elements/form.ts";
import type { Texts } from "../texts/texts.ts";

/** The rules of a robot, for changing them. What the reader types is not overwritten by news. */
export function rulesForm({ texts }: Context, robot: RobotState): HTMLElement {
  const { token, rules } = robot;
  const status = new FormStatus(texts);
  const secret = secretField(texts, token, rules);
  const controls = rulesControls(rules, texts);
  const save = () => {
    if (secret.isIncomplete()) status.fail(texts.secretMissing);
    else void status.report(changeRules(token, { ...readRules(controls), ...secret.patch() }));
  };
  return form(
    "form",
    save,
    el("p", { class: "hint" }, texts.rulesIntro),
    secret.node,
    field(texts.keywords, controls.keywords, texts.keywordsHint),
    field(texts.allowedIps, controls.allowedIps, texts.allowedIpsHint),
    el(
      "div",
      { class: "field-pair" },
      field(texts.messagesPerMinute, controls.messagesPerMinute),
      field(texts.penaltySeconds, controls.penaltySeconds),
    ),
    el("p", { class: "hint" }, texts.penaltyHint),
    field(texts.monthlyQuota, controls.monthlyQuota, texts.monthlyQuotaHint(robot.monthlyCount)),
    field(texts.generation, controls.generation),
    el(
      "div",
      { class: "form-end" },
      el("button", { class: "button button-main" }, texts.save),
      status.node,
    ),
  );
}

function rulesControls(rules: Rules, texts: Texts) {
  const allowedIps = el("textarea", { class: "input", rows: 3, spellcheck: "false" });
  allowedIps.value = rules.allowedIps.join("\n");
  return {
    keywords: input(rules.keywords.join(", ")),
    allowedIps,
    messagesPerMinute: input(rules.messagesPerMinute, { type: "number", min: 1 }),
    penaltySeconds: input(rules.penaltySeconds, { type: "number", min: 0 }),
    monthlyQuota: input(rules.monthlyQuota ?? "", { type: "number", min: 0 }),
    generation: select(texts.generations, rules.generation),
  };
}

function readRules(controls: ReturnType<typeof rulesControls>): RulesPatch {
  const quota = controls.monthlyQuota.value.trim();
  const generation = (["a", "b", "c", "d"] as const).find(
    (one) => one === controls.generation.value,
  );
  return {
    keywords: words(controls.keywords.value, /[,，]/),
    allowedIps: words(controls.allowedIps.value, /[\s,，]+/),
    messagesPerMinute: controls.messagesPerMinute.valueAsNumber,
    penaltySeconds: controls.penaltySeconds.valueAsNumber,
    monthlyQuota: quota === "" ? null : Number(quota),
    ...(generation && { generation }),
  };
}

function words(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** A secret is not known here until it is asked for, so an empty field leaves it as it is. */
function secretField(texts: Texts, token: string, { secret }: Rules) {
  const isSigned = el("input", { type: "checkbox", class: "checkbox" });
  isSigned.checked = secret !== null;
  const value = input("", {
    "aria-label": texts.secret,
    placeholder: secret === null ? "SEC…" : texts.secretKept,
  });
  const show = button(
    { class: "button" },
    () => {
      reveal().catch(() => noticeAfter(show, texts.failed(texts.noConnection)));
    },
    texts.show,
  );
  const reveal = async () => {
    value.value = (await fetchRobot(token)).rules.secret ?? "";
  };
  const row = el("div", { class: "input-row" }, value, secret !== null && show);
  row.hidden = !isSigned.checked;
  isSigned.addEventListener("change", () => {
    row.hidden = !isSigned.checked;
  });
  return {
    node: el(
      "div",
      { class: "field" },
      el("label", { class: "check" }, isSigned, texts.requireSignature),
      row,
    ),
    isIncomplete: () => isSigned.checked && secret === null && value.value === "",
    patch(): RulesPatch {
      if (!isSigned.checked) return { secret: null };
      return value.value === "" ? {} : { secret: value.value };
    },
  };
}
