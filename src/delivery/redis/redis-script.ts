import { createHash } from "node:crypto";

/** A Lua script. Redis runs a script as one step: no other command comes between. */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

/**
 * A clock that all replicas share, as a function of Redis's own clock. Redis computes the time when
 * it runs a script, so that a replica that stood still does not act on an old time.
 */
export interface SharedTime {
  /** What this clock shows when Redis's own shows `since`: milliseconds since 1970. */
  readonly at: number;
  readonly since: number;
  /** How many times as fast as Redis's this clock goes; 0 if it stands still. */
  readonly speed: number;
}

const prologue = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] ~= '' then
  local shared = cjson.decode(ARGV[1])
  now = shared.at + (now - shared.since) * shared.speed
end
local given = cjson.decode(ARGV[2])
`;

/** A script that finds the time in `now` and its arguments, one object, in `given`. */
export function createScript(body: string): RedisScript {
  const lua = prologue + body;
  return { lua, sha1: createHash("sha1").update(lua).digest("hex") };
}

/** A key for a text that is secret or long: Redis sees the text's hash only. */
export function sharedKey(kind: string, text: string): string {
  return `${prefixOfHash(createHash("sha256").update(text).digest("hex"))}${kind}`;
}

/**
 * What the keys of a target begin with: a hash tag, so that a cluster keeps them at one node and one
 * script may use all of them.
 *
 * @param target the name of a target, which is a hash: see `Channel.name`
 */
export function targetPrefix(target: string): string {
  return prefixOfHash(Buffer.from(target, "base64url").toString("hex"));
}

/** What all keys begin with that a cluster keeps beside this one. */
export function prefixOf(key: string): string {
  return key.slice(0, key.indexOf("}") + 2);
}

function prefixOfHash(hash: string): string {
  return `dingtalk:{${hash}}:`;
}
