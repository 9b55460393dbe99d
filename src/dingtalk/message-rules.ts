import { isObject } from "../base/json.ts";

/** A field that DingTalk refuses to do without, with the errcode of that refusal. */
interface FieldRule {
  readonly name: string;
  readonly errcode: number;
}

interface TypeRule {
  /** For a missing object of the msgtype's own name. */
  readonly errcode: number;
  readonly fields: readonly FieldRule[];
  /** Required fields of each element of the list with this name. */
  readonly elements?: { readonly list: string; readonly fields: readonly FieldRule[] };
}

/** What is missing first. */
export interface MissingField {
  /** Dotted path, such as `feedCard.links[0].picURL`. */
  readonly field: string;
  readonly errcode: number;
  /** The same path in the letter case that the message uses, where it has one. */
  readonly spelledAs?: string;
}

/**
 * What robots refuse when it is missing, by msgtype, in the order in which they check.
 *
 * An actionCard's title and buttons are documented as required but accepted without; they are not
 * listed. Seen in real answers: 400201, 400202, 400302 to 400304, 400401 to 400403, 400503 and
 * 400602. The other codes follow the pattern of these and are inferred.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export const messageRules: Readonly<Record<string, TypeRule>> = {
  text: { errcode: 400201, fields: [{ name: "content", errcode: 400202 }] },
  link: {
    errcode: 400301,
    fields: [
      { name: "text", errcode: 400302 },
      { name: "title", errcode: 400303 },
      { name: "messageUrl", errcode: 400304 },
    ],
  },
  markdown: {
    errcode: 400401,
    fields: [
      { name: "title", errcode: 400402 },
      { name: "text", errcode: 400403 },
    ],
  },
  actionCard: { errcode: 400501, fields: [{ name: "text", errcode: 400503 }] },
  feedCard: {
    errcode: 400601,
    fields: [{ name: "links", errcode: 400602 }],
    elements: {
      list: "links",
      fields: [
        { name: "title", errcode: 400603 },
        { name: "messageURL", errcode: 400604 },
        { name: "picURL", errcode: 400605 },
      ],
    },
  },
};

/** The first required field that a message lacks; nothing is known of msgtypes without a rule. */
export function findMissingField(
  message: Readonly<Record<string, unknown>>,
): MissingField | undefined {
  const { msgtype } = message;
  if (isMissing(msgtype)) return missing(message, "", { name: "msgtype", errcode: 400105 });
  if (typeof msgtype !== "string" || !Object.hasOwn(messageRules, msgtype)) return undefined;
  const rule = messageRules[msgtype];
  if (rule === undefined) return undefined;
  const content = message[msgtype];
  if (!isObject(content)) return missing(message, "", { name: msgtype, errcode: rule.errcode });
  return (
    firstMissing(content, `${msgtype}.`, rule.fields) ?? missingInElements(content, msgtype, rule)
  );
}

function missingInElements(
  content: Readonly<Record<string, unknown>>,
  msgtype: string,
  { elements }: TypeRule,
): MissingField | undefined {
  const list = elements && content[elements.list];
  if (elements === undefined || !Array.isArray(list)) return undefined;
  for (const [index, element] of list.entries()) {
    const path = `${msgtype}.${elements.list}[${index}].`;
    const found = firstMissing(isObject(element) ? element : {}, path, elements.fields);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstMissing(
  holder: Readonly<Record<string, unknown>>,
  path: string,
  fields: readonly FieldRule[],
): MissingField | undefined {
  const field = fields.find(({ name }) => isMissing(holder[name]));
  return field && missing(holder, path, field);
}

function missing(
  holder: Readonly<Record<string, unknown>>,
  path: string,
  { name, errcode }: FieldRule,
): MissingField {
  const other = Object.keys(holder).find(
    (key) => key !== name && key.toLowerCase() === name.toLowerCase(),
  );
  const field = `${path}${name}`;
  return other === undefined
    ? { field, errcode }
    : { field, errcode, spelledAs: `${path}${other}` };
}

/** An empty string or list counts as missing. */
function isMissing(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    (Array.isArray(value) && value.length === 0)
  );
}
