import { createHash } from "node:crypto";

/** A Lua script, which Redis runs as one step. */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

/** Redis's own clock in milliseconds, unless the first argument is a time. */
const prologue = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
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
