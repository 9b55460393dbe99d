import { createHash } from "node:crypto";

/** A Lua script, which Redis runs as one step. */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

/**
 * A clock that all replicas share, told by Redis's own. Redis reads it when it runs a script: a
 * replica that stood still meanwhile does not act on an old time.
 */
export interface SharedTime {
  /** Milliseconds since 1970 on this clock, when Redis's own shows `since`. */
  readonly at: number;
  readonly since: number;
  /** How many times as fast it goes as Redis's; 0 if it stands still. */
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

/** The script finds the time in `now` and its arguments, one object, in `given`. */
export function createScript(body: string): RedisScript {
  const lua = prologue + body;
  return { lua, sha1: createHash("sha1").update(lua).digest("hex") };
}

/** A key for what is secret or long: only the hash is seen. */
export function sharedKey(kind: string, name: string): string {
  return `dingtalk:{${createHash("sha256").update(name).digest("hex")}}:${kind}`;
}
