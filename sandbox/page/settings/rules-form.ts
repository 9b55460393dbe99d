import type { RobotState, Rules, RulesPatch } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { changeRules, fetchRobot } from "../data/api.ts";
import { noticeAfter } from "../elements/clipboard.ts";
import { button, el } from "../elements/dom.ts";
import { chosenOf, FormStatus, field, form, input, select } from "../elements/form.ts";
import type { Texts } from "../texts/texts.ts";

/** The form for the rules of a robot. It keeps its input when the robot changes meanwhile. */
export function rulesForm({ texts }: Context, robot: RobotState): HTMLElement {
  const { token, rules } = robot;
  const status = new FormStatus(texts);
  const secret = secretField(texts, token, rules);
  const controls = rulesControls(rules, texts);
  const save = () => {
    if (secret.isIncomplete()) status.fail(texts.secretMissing);
    else
      void status.report(changeRules(token, { ...readRules(controls, texts), ...secret.patch() }));
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
    messagesPerMinute: input(rules.messagesPerMinute, { type: "number" }),
    penaltySeconds: input(rules.penaltySeconds, { type: "number" }),
    monthlyQuota: input(rules.monthlyQuota ?? "", { type: "number" }),
    generation: select(texts.generations, rules.generation),
  };
}

function readRules(controls: ReturnType<typeof rulesControls>, texts: Texts): RulesPatch {
  const quota = controls.monthlyQuota.value.trim();
  const generation = chosenOf(texts.generations, controls.generation);
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

/** The page knows a secret only masked. If the field is left empty, the secret stays as it is. */
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
