import { createScript } from "./redis-script.ts";

/**
 * Keeps a slot until a time, or not at all. The key stays as long as its last slot. A slot whose
 * answer is awaited has the prefix `?`: it comes free at the end of its lease, in case its process
 * was killed.
 */
const keep = `
local function keep(id, forMs)
  redis.call('ZREM', KEYS[1], id, '?' .. id)
  if forMs <= 0 then return end
  redis.call('ZADD', KEYS[1], now + forMs, id)
  if redis.call('PTTL', KEYS[1]) < forMs then redis.call('PEXPIRE', KEYS[1], math.ceil(forMs)) end
end
`;

/**
 * Counts what the calls that wait want. A replica says it with every question, and is forgotten
 * when it does not ask again: it may have been killed.
 */
const waiting = `
local function wishedElsewhere()
  local total = 0
  local fields = redis.call('HGETALL', KEYS[3])
  for i = 1, #fields, 2 do
    local wished, untilMs = string.match(fields[i + 1], '^(%d+) (%d+)$')
    if tonumber(untilMs) <= now then redis.call('HDEL', KEYS[3], fields[i])
    elseif fields[i] ~= given.replica then total = total + tonumber(wished) end
  end
  return total
end
local function tellWaiting(wished)
  if wished <= 0 then
    redis.call('HDEL', KEYS[3], given.replica)
    return
  end
  redis.call('HSET', KEYS[3], given.replica, string.format('%d %d', wished, now + given.waitingMs))
  redis.call('PEXPIRE', KEYS[3], given.waitingMs)
end
`;

/**
 * Takes slots. Keys: the taken slots, each with the time at which it comes free; the penalty; the
 * replicas at which calls wait, each with the number of slots that they want.
 *
 * The script answers with the kind, the strikes, and for how many milliseconds the target stays
 * closed. The kind is one of `Taken`, or `probing`. Where it is `full` or `probing`, the fourth
 * value is the waits, the fifth for how long the probe goes on at most, and the sixth how many slots
 * calls at other replicas wait for.
 */
export const takeScript = createScript(`
${keep}${waiting}
for _, slot in ipairs(given.late) do keep(slot[1], slot[2]) end
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
local probingMs = 0
if strikes > 0 and state[3] then probingMs = math.max(math.ceil(tonumber(state[4]) - now), 0) end
local isFull = given.limit > 0 and redis.call('ZCARD', KEYS[1]) + #given.ids > given.limit
if probingMs > 0 or isFull then
  local slots = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  local waits = {}
  for i = 1, #slots, 2 do
    local wait = math.ceil(tonumber(slots[i + 1]) - now)
    local isAwaited = string.sub(slots[i], 1, 1) == '?'
    if isAwaited then wait = math.max(wait - given.underWayMs, given.windowMs) end
    waits[#waits + 1] = wait
  end
  table.sort(waits)
  tellWaiting(given.wished)
  return { probingMs > 0 and 'probing' or 'full', strikes, 0, waits, probingMs, wishedElsewhere() }
end
tellWaiting(given.wished - #given.ids)
if strikes > 0 then
  redis.call('HSET', KEYS[2], 'probe', given.probe, 'probeUntil', now + given.probeMs)
  redis.call('PEXPIRE', KEYS[2], given.probeMs + given.rememberMs)
end
if given.limit > 0 then
  for n, id in ipairs(given.ids) do
    keep('?' .. id, n * given.answerMs + given.underWayMs + given.windowMs)
  end
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
${keep}
keep(given.id, given.forMs)
if given.forMs <= 0 then
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
