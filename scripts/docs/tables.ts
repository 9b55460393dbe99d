import { type MetadataField, metadataFields } from "../../src/binding/fields.ts";
import { environmentVariables } from "../../src/sidecar/environment.ts";
import { callFaults, getFaults } from "./call-reasons.ts";
import { code, markdownTable } from "./markdown-table.ts";
import {
  callbackFaults,
  type ExplainedRow,
  notSent,
  type ReasonRow,
  refusals,
  sessionFaults,
  unreachable,
} from "./reasons.ts";
import { type Language, words } from "./words.ts";

/** The blocks of README.md or README.zh-CN.md. */
export function readmeBlocks(language: Language) {
  return {
    metadata: metadataTable(
      metadataFields.filter((row) => !isOfReceiving(row) && !isOfRedis(row)),
      language,
    ),
  };
}

/** The blocks of docs/receiving.md or docs/receiving.zh-CN.md. */
export function receivingBlocks(language: Language) {
  return { "metadata-of-receiving": metadataTable(metadataFields.filter(isOfReceiving), language) };
}

/** Whether a field counts for components that hear people alone. */
function isOfReceiving({ modes }: MetadataField): boolean {
  return modes !== undefined && !modes.includes("get");
}

/** The blocks of docs/delivery.md or docs/delivery.zh-CN.md. */
export function deliveryBlocks(language: Language) {
  return {
    "metadata-of-a-call": callSentence(language),
    "metadata-of-redis": metadataTable(metadataFields.filter(isOfRedis), language),
  };
}

/** Whether a field counts for the way to the Redis alone. The README has `redisHost`. */
function isOfRedis({ name }: MetadataField): boolean {
  return ["redisUsername", "redisPassword", "redisDB", "enableTLS"].includes(name);
}

/** The blocks of docs/cli.md or docs/cli.zh-CN.md. */
export function commandBlocks(language: Language) {
  return { environment: environmentTable(language) };
}

/** The blocks of docs/errors.md or docs/errors.zh-CN.md. */
export function errorBlocks(language: Language) {
  const { reason, status, summary, remedy, httpStatus } = words[language];
  const head = [reason, status, summary, remedy];
  const anchored = new AnchoredReasons();
  return {
    reasons: statusTable(language),
    refusals: refusalTable(language, anchored),
    unreachable: markdownTable(
      [reason, status, remedy],
      unreachable.map((row) => [anchored.cell(row), code(row.status), row.remedy[language]]),
    ),
    "not-sent": reasonTable(head, notSent, { language, anchored }),
    "call-faults": reasonTable(head, callFaults, { language, anchored }),
    "get-faults": reasonTable(head, getFaults, { language, anchored }),
    "reply-faults": reasonTable(head, sessionFaults, { language, anchored }),
    "callback-faults": reasonTable([reason, httpStatus, summary, remedy], callbackFaults, {
      language,
      anchored,
    }),
  };
}

/** Gives the first row of each reason in a document an anchor, to which alerts lead. */
class AnchoredReasons {
  readonly #seen = new Set<string>();

  /** The cell that names the row's reason. */
  cell({ reason }: Pick<ReasonRow, "reason">): string {
    if (this.#seen.has(reason)) return code(reason);
    this.#seen.add(reason);
    return `<a id="${reason}"></a>${code(reason)}`;
  }
}

function metadataTable(rows: readonly MetadataField[], language: Language): string {
  const { field, required, default: fallback, meaning, yes, no } = words[language];
  return markdownTable(
    [field, required, fallback, meaning],
    rows.map((row) => [
      code(row.name),
      row.required ? yes : no,
      codeOrDash(row.default),
      row[language],
    ]),
  );
}

function callSentence(language: Language): string {
  const names = metadataFields.filter(({ perCall }) => perCall).map(({ name }) => code(name));
  return words[language].perCall(names);
}

function environmentTable(language: Language): string {
  const { variable, default: fallback, meaning, comma } = words[language];
  return markdownTable(
    [variable, fallback, meaning],
    environmentVariables.map((row) => [
      row.names.map(code).join(comma),
      codeOrDash(row.default),
      row[language],
    ]),
  );
}

function refusalTable(language: Language, anchored: AnchoredReasons): string {
  const { reason, status, summary, remedy, anyOther } = words[language];
  return markdownTable(
    [reason, "errcode", status, summary, remedy],
    refusals.map((row) => [
      anchored.cell(row),
      row.errcodes === undefined ? anyOther : row.errcodes.join(", ") || "–",
      code(row.status),
      row.summary[language],
      row.remedy[language],
    ]),
  );
}

/** The reasons of each status, in groups by who reports them. */
function statusTable(language: Language): string {
  const { status, reasons, semicolon, groups } = words[language];
  const sources = [
    { rows: callFaults, label: groups.call },
    { rows: getFaults, label: groups.get },
    { rows: sessionFaults, label: groups.reply },
    { rows: notSent, label: groups.notSent },
    { rows: unreachable, label: groups.unreachable },
    { rows: refusals, label: groups.refused },
  ];
  const cellOf = (name: string): string =>
    sources
      .map(({ rows, label }) => ({ label, found: rows.filter((row) => row.status === name) }))
      .filter(({ found }) => found.length > 0)
      .map(({ found, label }) => label(listOf(found, language)))
      .join(semicolon);
  const statuses = new Set(sources.flatMap(({ rows }) => rows.map((row) => row.status)));
  return markdownTable(
    [status, reasons],
    [...statuses].map((name) => [code(name), cellOf(name)]),
  );
}

/** Each reason once, with its remark. */
function listOf(rows: readonly ReasonRow[], language: Language): string {
  const { comma, note } = words[language];
  const texts = rows.map((row) => code(row.reason) + (row.note ? note(row.note[language]) : ""));
  return [...new Set(texts)].join(comma);
}

function reasonTable(
  head: readonly string[],
  rows: readonly ExplainedRow[],
  { language, anchored }: { language: Language; anchored: AnchoredReasons },
): string {
  return markdownTable(
    head,
    rows.map((row) => [
      anchored.cell(row),
      code(row.status),
      row.summary[language],
      row.remedy[language],
    ]),
  );
}

function codeOrDash(text: string | undefined): string {
  return text === undefined ? "–" : code(text);
}
