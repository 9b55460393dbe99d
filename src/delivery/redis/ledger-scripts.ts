import { createScript } from "./redis-script.ts";

/**
 * Takes slots. Keys: the taken slots, each with the time at which it comes free; the penalty.
 *
 * A slot whose answer is awaited comes free at the end of its lease. The script answers with the
 * kind of `Taken`, the strikes, and for how many milliseconds the target stays closed. The fourth
 * value is the waits if the kind is `full`, the probe's name if it is `probing`.
 */
export const takeScript = createScript(`
for _, slot in ipairs(given.late) do
  redis.call('ZADD', KEYS[1], now + slot[2], slot[1])
  redis.call('PEXPIRE', KEYS[1], given.leaseMs)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local state = redis.call('HMGET', KEYS[2], 'strikes', 'closedUntil', 'probe', 'probeUntil')
local strikes = math.max(tonumber(state[1] or 0), given.strikes)
local closedUntil = tonumber(state[2] or 0)
if given.strikes > 0 then
  closedUntil = math.max(closedUntil, now + given.closedForMs)
  redis.call('HSET', KEYS[2], 'strikes', strikes, 'closedUntil', closedUntil)
  redis.call('PEXPIRE', KEYS[2], given.closedForMs + given.rememberMs)
end
if closedUntil > now then return { 'closed', strikes, math.ceil(closedUntil - now) } end
if strikes > 0 and state[3] and tonumber(state[4]) > now then
  return { 'probing', strikes, 0, state[3] }
end
if given.limit > 0 and redis.call('ZCARD', KEYS[1]) + #given.ids > given.limit then
  local slots = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  local waits = {}
  for i = 2, #slots, 2 do
    waits[#waits + 1] = math.min(math.ceil(tonumber(slots[i]) - now), given.windowMs)
  end
  return { 'full', strikes, 0, waits }
end
if strikes > 0 then
  redis.call('HSET', KEYS[2], 'probe', given.probe, 'probeUntil', now + given.probeMs)
  redis.call('PEXPIRE', KEYS[2], given.probeMs + given.rememberMs)
end
if given.limit > 0 then
  for _, id in ipairs(given.ids) do redis.call('ZADD', KEYS[1], now + given.leaseMs, id) end
  redis.call('PEXPIRE', KEYS[1], given.leaseMs)
end
return { 'granted', strikes, 0 }
`);

/**
 * Frees a slot. Keys: the taken slots; the penalty.
 *
 * After an answer the slot comes free in `forMs` milliseconds. Where nothing was posted, `forMs` is
 * 0, and a probe that had the slot ends: the next call probes.
 */
export const freeScript = createScript(`
if given.forMs > 0 then
  redis.call('ZADD', KEYS[1], now + given.forMs, given.id)
  redis.call('PEXPIRE', KEYS[1], given.leaseMs)
else
  redis.call('ZREM', KEYS[1], given.id)
  if redis.call('HGET', KEYS[2], 'probe') == given.probe then
    redis.call('HDEL', KEYS[2], 'probe', 'probeUntil')
  end
end
return 1
`);

/**
 * Reports an answer. Key: the penalty.
 *
 * `penaltiesMs` has the penalties for one strike, two strikes, and so on; it is empty for an answer
 * that closes nothing. An answer to a message from before the penalty does not end the penalty.
 */
export const reportScript = createScript(`
if redis.call('HGET', KEYS[1], 'probe') == given.probe then
  redis.call('HDEL', KEYS[1], 'probe', 'probeUntil')
end
if given.answer == 'open' and tonumber(redis.call('HGET', KEYS[1], 'closedUntil') or 0) <= now then
  redis.call('HDEL', KEYS[1], 'strikes')
end
if #given.penaltiesMs > 0 then
  local strikes = redis.call('HINCRBY', KEYS[1], 'strikes', 1)
  local forMs = given.penaltiesMs[math.min(strikes, #given.penaltiesMs)]
  redis.call('HSET', KEYS[1], 'closedUntil', now + forMs)
  redis.call('PEXPIRE', KEYS[1], forMs + given.rememberMs)
end
local state = redis.call('HMGET', KEYS[1], 'strikes', 'closedUntil')
return { tonumber(state[1] or 0), math.max(math.ceil(tonumber(state[2] or 0) - now), 0) }
`);
