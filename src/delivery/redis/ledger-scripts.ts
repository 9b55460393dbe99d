import { createScript } from "./redis-script.ts";

/**
 * Keys: the taken places with the time each comes free, the penalty.
 *
 * A place whose answer is awaited comes free at the end of its lease. Answers with the kind, the
 * strikes, how long the robot stays closed and, as the kind needs, the waits or the probe's name.
 */
export const takeScript = createScript(`
for _, place in ipairs(given.late) do
  redis.call('ZADD', KEYS[1], now + place[2], place[1])
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
  local places = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  local waits = {}
  for i = 2, #places, 2 do
    waits[#waits + 1] = math.min(math.ceil(tonumber(places[i]) - now), given.windowMs)
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
 * Keys: the taken places, the penalty. The answer came and the place is free after a time, or
 * nothing was posted and the time is 0; then the next call probes.
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
 * Key: the penalty. The penalties are those for one strike, two, and so on; none if not closed.
 * An open robot's answer from before its penalty does not end it.
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
