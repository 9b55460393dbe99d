import { nearest } from "../base/usage-error.ts";
import type { DeliveryOptions } from "../delivery/options.ts";
import type { RedisOptions } from "../delivery/redis/redis-client.ts";
import { createRobot, type Robot } from "../dingtalk/robot.ts";
import type { RobotFields } from "../dingtalk/robot-suspicions.ts";
import { type FieldReader, invalidField } from "./field-readers.ts";
import {
  daprdFields,
  fields,
  type MetadataField,
  metadataFields,
  type ReceiveMode,
} from "./fields.ts";

type Properties = Readonly<Record<string, string>>;
type Fields = typeof fields;

/** The value of each row of `fields`, under the key of the row. */
type FieldValues = {
  readonly [Key in keyof Fields]: Fields[Key] extends { readonly reader: FieldReader<infer Value> }
    ? Fields[Key] extends { readonly required: true } | { readonly default: string }
      ? Value
      : Value | undefined
    : never;
};

type OwnKey = "id" | "ackTimeoutMs" | "keyword" | "timeZone";
type ReceiveKey = "receive" | "clientId" | "clientSecret" | "callbackToken" | "callbackMaxAgeMs";
type HandleKey = "gatewayUrl" | "redeliver" | "maxInFlight" | "handleTimeoutMs";
type AnswerKey = "answers" | "replyAt" | "allowedSessionHosts";
type RobotKey = "urls" | "secrets";
type RedisKey = "redisAddress" | "redisUsername" | "redisPassword" | "redisDb" | "redisTls";

/** How a component hears what people write to its robot. */
export type ReceiveConfig = Pick<FieldValues, ReceiveKey | HandleKey>;

/** What a component says in conversations, and how. */
export interface AnswerConfig extends Pick<FieldValues, "answers" | "replyAt"> {
  /** Origins to which answers may go beside those of DingTalk. */
  readonly allowedSessionHosts: readonly string[];
}

/** The metadata of one component as typed values. */
export interface ComponentConfig extends Pick<FieldValues, OwnKey> {
  /** Empty for a component that receives and has no webhook robot. */
  readonly robots: readonly Robot[];
  readonly receiving: ReceiveConfig;
  readonly answering: AnswerConfig;
  /** Holds every field that is not named in this type: they are options of delivery. */
  readonly delivery: Omit<
    FieldValues,
    OwnKey | RobotKey | RedisKey | ReceiveKey | HandleKey | AnswerKey
  >;
  /** Undefined if this replica keeps limits and repeats alone. */
  readonly redis: RedisOptions | undefined;
}

/**
 * Reads `spec.metadata`. Keys are matched without regard to case. Values are trimmed, because
 * secrets that come from files end in a newline.
 *
 * @throws {BindingError} of INVALID_ARGUMENT naming the first field that is wrong
 */
export function parseMetadata(properties: Properties): ComponentConfig {
  const values = readRows<FieldValues>(Object.entries(fields), properties);
  const { id, ackTimeoutMs, keyword, timeZone, urls, secrets, ...others } = values;
  const { redisAddress, redisUsername: username, redisPassword: password, ...rest } = others;
  const { redisDb: db, redisTls: tls, ...unshared } = rest;
  const { answers, replyAt, allowedSessionHosts = [], ...received } = unshared;
  const { receive, clientId, clientSecret, callbackToken, callbackMaxAgeMs, ...handled } = received;
  const { gatewayUrl, redeliver, maxInFlight, handleTimeoutMs, ...delivery } = handled;
  const credentials = { receive, clientId, clientSecret, callbackToken, callbackMaxAgeMs };
  checkCredentials(credentials);
  return {
    id,
    ackTimeoutMs,
    keyword,
    timeZone,
    robots: createRobots(urls, secrets),
    receiving: { ...credentials, gatewayUrl, redeliver, maxInFlight, handleTimeoutMs },
    answering: { answers, replyAt, allowedSessionHosts },
    delivery,
    redis: createRedisOptions(redisAddress, { username, password, db, tls }),
  };
}

function checkCredentials(credentials: Pick<FieldValues, ReceiveKey>): void {
  const { receive, clientSecret, callbackToken } = credentials;
  if (receive !== "http" || clientSecret !== undefined || callbackToken !== undefined) return;
  throw invalidField(
    fields.clientSecret.name,
    `and ${fields.callbackToken.name} are both missing or empty; receive: http needs one of them to know that a callback is DingTalk's${secretHint}`,
  );
}

const overrides = Object.entries<MetadataField>(fields).filter(([, { perCall }]) => perCall);
const overridable = new Set(overrides.map(([, { name }]) => name.toLowerCase()));

/** The values of the rows that say `perCall`. */
type Overrides = Pick<
  FieldValues,
  {
    [Key in keyof Fields]: Fields[Key] extends { readonly perCall: true } ? Key : never;
  }[keyof Fields]
>;

/**
 * The component's options, overridden by the metadata of one call.
 *
 * @throws {BindingError} of INVALID_ARGUMENT naming the first field that is wrong
 */
export function overrideDelivery(options: DeliveryOptions, metadata: Properties): DeliveryOptions {
  if (!Object.keys(metadata).some((key) => overridable.has(key.toLowerCase()))) return options;
  const given = overrides.filter(([, { name }]) => textOf(metadata, name) !== undefined);
  return { ...options, ...readRows<Partial<Overrides>>(given, metadata) };
}

/**
 * Whether the metadata of a call lets a reply mention the sender.
 *
 * @returns undefined if the metadata does not say
 * @throws {BindingError} of INVALID_ARGUMENT
 */
export function replyAtOf(metadata: Properties): boolean | undefined {
  const { name, reader } = fields.replyAt;
  const text = textOf(metadata, name);
  return text === undefined ? undefined : reader.read(text, name);
}

/** A value in the metadata of a call, whatever the letter case of its name. Blank is undefined. */
export function wordOf(metadata: Properties, name: string): string | undefined {
  return textOf(metadata, name)?.trimStart();
}

/** The fields that are there and have no meaning in the component's mode of `receive`. */
export function fieldsOfOtherModes(properties: Properties): string[] {
  const mode = modeOf(properties);
  return metadataFields
    .filter(({ modes = [mode] }) => !modes.includes(mode))
    .map(({ name }) => name)
    .filter((name) => textOf(properties, name) !== undefined);
}

/** What a component says of its robots, as written. */
export function robotFields(properties: Properties): RobotFields {
  const secret = textOf(properties, fields.secrets.name) ?? "";
  return { url: textOf(properties, fields.urls.name), secret };
}

/** A key of the metadata that has no meaning, and the known key that it may be meant to be. */
export interface UnknownField {
  readonly field: string;
  readonly nearest: string | undefined;
}

/** Every key of `spec.metadata` that is neither ours nor daprd's. */
export function unknownFields(properties: Properties): UnknownField[] {
  const known = [...metadataFields.map(({ name }) => name), ...daprdFields];
  const lowerCased = new Set(known.map((name) => name.toLowerCase()));
  return Object.keys(properties)
    .filter((key) => !lowerCased.has(key.toLowerCase()))
    .map((key) => ({ field: key, nearest: nearest(key, known) }));
}

/** Reads rows of `fields`. The caller names the type, which `Object.fromEntries` cannot follow. */
function readRows<Values>(
  rows: readonly (readonly [string, MetadataField])[],
  properties: Properties,
): Values {
  return Object.fromEntries(
    rows.map(([key, field]): unknown[] => [key, readField(field, properties)]),
  );
}

function readField(field: MetadataField, properties: Properties): unknown {
  const text = textOf(properties, field.name) ?? field.default;
  if (text !== undefined) return field.reader.read(text, field.name);
  if (!isRequired(field, properties)) return undefined;
  // daprd passes an empty text on for a secret that it could not read.
  const secret = keyOf(properties, field.name) === undefined ? "" : secretHint;
  throw invalidField(
    field.name,
    `is missing or empty; add it to the component's spec.metadata${secret}`,
  );
}

/** Whether a component with these properties is refused without the field. */
export function isRequired(
  { required, requiredFor = [] }: MetadataField,
  properties: Properties,
): boolean {
  return required === true || requiredFor.includes(modeOf(properties));
}

/** @throws {BindingError} of INVALID_ARGUMENT for a mode that is none */
function modeOf(properties: Properties): ReceiveMode {
  const { name, reader, default: fallback } = fields.receive;
  return reader.read(textOf(properties, name) ?? fallback, name);
}

const secretHint =
  ", or its secret could not be read: check auth.secretStore, and name and key of the secretKeyRef";

/** The names of the optional fields that are there and empty. They count as absent. */
export function emptyFields(properties: Properties): string[] {
  return metadataFields
    .filter((field) => !isRequired(field, properties))
    .map(({ name }) => name)
    .filter((name) => keyOf(properties, name) !== undefined && !textOf(properties, name));
}

/** The key as the component spells it; undefined if it is absent. */
function keyOf(properties: Properties, name: string): string | undefined {
  return Object.hasOwn(properties, name)
    ? name
    : Object.keys(properties).find((other) => other.toLowerCase() === name.toLowerCase());
}

/** The value without white space at its end; undefined if it is absent or blank. */
function textOf(properties: Properties, name: string): string | undefined {
  const key = keyOf(properties, name);
  return (key === undefined ? undefined : properties[key]?.trimEnd()) || undefined;
}

/** The n-th secret belongs to the n-th url. An empty line leaves its url unsigned. */
function createRobots(urls: readonly URL[] = [], secrets: readonly string[] = []): Robot[] {
  if (secrets.length > 0 && urls.length === 0) {
    throw invalidField(
      "secret",
      "belongs to a url, but there is none; an app's secret is clientSecret",
    );
  }
  if (secrets.length <= urls.length) {
    return urls.map((url, index) => createRobot(url, secrets[index] || undefined));
  }
  throw invalidField("secret", "has more lines than url; the n-th secret belongs to the n-th url");
}

function createRedisOptions(
  address: FieldValues["redisAddress"],
  settings: Omit<RedisOptions, "host" | "port">,
): RedisOptions | undefined {
  if (address !== undefined) return { ...address, ...settings };
  if (settings.username === undefined && settings.password === undefined) return undefined;
  throw invalidField("redisHost", "is missing, but there is a user or a password for it");
}
