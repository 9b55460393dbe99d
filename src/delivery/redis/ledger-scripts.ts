import { createScript } from "./redis-script.ts";

/** How long the probe of a process that was killed is believed to go on, in milliseconds. */
const probeMs = 60_000;
/** How long strikes are kept after a penalty if no answer comes. */
const rememberMs = 3_600_000;
/** Another replica's probe ends, and its slots come free, without a call to this replica. */
export const askAgainMs = 1000;
/** How long a replica is believed to have calls that wait, unless it asks again. */
const waitingMs = 3 * askAgainMs;

/*
 * The functions below take the keys of a target as the table `target`: `slots`, the taken slots,
 * each with the time at which it comes free; `penalty`; `waiting`, the replicas at which calls wait,
 * each with the number of slots that they want.
 */

/**
 * Lua: `freeSlots` keeps each slot until a time, or not at all. The key stays as long as its last
 * slot. A slot whose answer is awaited has the prefix `?`: it comes free at the end of its lease, in
 * case its process was killed. Where nothing was posted, the time is over, and a probe that had the
 * slot ends: the next call probes.
 */
export const freeing = `
local function keep(target, id, forMs)
  redis.call('ZREM', target.slots, id, '?' .. id)
  if forMs <= 0 then return end
  redis.call('ZADD', target.slots, now + forMs, id)
  if redis.call('PTTL', target.slots) < forMs then
    redis.call('PEXPIRE', target.slots, math.ceil(forMs))
  end
end
local function endProbe(target, replica)
  if redis.call('HGET', target.penalty, 'probe') == replica then
    redis.call('HDEL', target.penalty, 'probe', 'probeUntil')
  end
end
local function freeSlots(target, freed, replica)
  for _, slot in ipairs(freed) do
    keep(target, slot[1], slot[2])
    if slot[2] <= 0 then endProbe(target, replica) end
  end
end
`;

/**
 * Lua: counts what the calls that wait want. A replica says it with every question, and is forgotten
 * when it does not ask again: it may have been killed.
 */
const waiting = `
local function wishedElsewhere(target, replica)
  local total = 0
  local fields = redis.call('HGETALL', target.waiting)
  for i = 1, #fields, 2 do
    local wished, untilMs = string.match(fields[i + 1], '^(%d+) (%d+)$')
    if tonumber(untilMs) <= now then redis.call('HDEL', target.waiting, fields[i])
    elseif fields[i] ~= replica then total = total + tonumber(wished) end
  end
  return total
end
local function tellWaiting(target, replica, wished)
  if wished <= 0 then
    redis.call('HDEL', target.waiting, replica)
    return
  end
  redis.call('HSET', target.waiting, replica, string.format('%d %d', wished, now + ${waitingMs}))
  redis.call('PEXPIRE', target.waiting, ${waitingMs})
end
`;

/**
 * Lua: `takeSlots` takes slots and answers with the kind, the strikes, and for how many milliseconds
 * the target stays closed. The kind is one of `Taken`, or `probing`. Where it is `full` or
 * `probing`, the fourth value is the waits, the fifth for how long the probe goes on at most, and
 * the sixth how many slots calls at other replicas wait for.
 */
export const takingSlots = `${freeing}${waiting}
local function penaltyOf(target, wish)
  local state = redis.call('HMGET', target.penalty, 'strikes', 'closedUntil', 'probe', 'probeUntil')
  local penalty = { strikes = tonumber(state[1] or 0), closedUntil = tonumber(state[2] or 0) }
  local late = wish.penalty
  if late then
    penalty.strikes = math.max(penalty.strikes, late.strikes)
    penalty.closedUntil = math.max(penalty.closedUntil, now + late.closedForMs)
    redis.call('HSET', target.penalty, 'strikes', penalty.strikes,
      'closedUntil', penalty.closedUntil)
    redis.call('PEXPIRE', target.penalty, late.closedForMs + ${rememberMs})
  end
  penalty.probingMs = 0
  if penalty.strikes > 0 and state[3] then
    penalty.probingMs = math.max(math.ceil(tonumber(state[4]) - now), 0)
  end
  return penalty
end
local function waitsOf(target, wish)
  local slots = redis.call('ZRANGE', target.slots, 0, -1, 'WITHSCORES')
  local waits = {}
  for i = 1, #slots, 2 do
    local wait = math.ceil(tonumber(slots[i + 1]) - now)
    local isAwaited = string.sub(slots[i], 1, 1) == '?'
    if isAwaited then wait = math.max(wait - wish.underWayMs, wish.windowMs) end
    waits[#waits + 1] = wait
  end
  table.sort(waits)
  return waits
end
local function takeSlots(target, wish)
  freeSlots(target, wish.freed, wish.replica)
  redis.call('ZREMRANGEBYSCORE', target.slots, '-inf', now)
  local penalty = penaltyOf(target, wish)
  local strikes = penalty.strikes
  if penalty.closedUntil > now then
    return { 'closed', strikes, math.ceil(penalty.closedUntil - now) }
  end
  local isFull = wish.limit > 0
    and redis.call('ZCARD', target.slots) + #wish.ids > wish.limit
  if penalty.probingMs > 0 or isFull then
    tellWaiting(target, wish.replica, wish.wished)
    return { penalty.probingMs > 0 and 'probing' or 'full', strikes, 0, waitsOf(target, wish),
      penalty.probingMs, wishedElsewhere(target, wish.replica) }
  end
  tellWaiting(target, wish.replica, wish.wished - #wish.ids)
  if strikes > 0 then
    redis.call('HSET', target.penalty, 'probe', wish.replica, 'probeUntil', now + ${probeMs})
    redis.call('PEXPIRE', target.penalty, ${probeMs + rememberMs})
  end
  if wish.limit > 0 then
    for n, id in ipairs(wish.ids) do
      keep(target, '?' .. id, n * wish.answerMs + wish.underWayMs + wish.windowMs)
    end
  end
  return { 'granted', strikes, 0 }
end
`;

/** Takes slots. Keys: the taken slots; the penalty; the replicas at which calls wait. */
export const takeScript = createScript(`${takingSlots}
return takeSlots({ slots = KEYS[1], penalty = KEYS[2], waiting = KEYS[3] }, given)
`);

/** Frees slots. Keys: the taken slots; the penalty. */
export const freeScript = createScript(`${freeing}
freeSlots({ slots = KEYS[1], penalty = KEYS[2] }, given.freed, given.replica)
return 1
`);

/**
 * Reports an answer. Key: the penalty.
 *
 * `penaltiesMs` has the penalties for one strike, two strikes, and so on; it is empty for an answer
 * that closes nothing. An answer to a message from before the penalty does not end the penalty.
 */
export const reportScript = createScript(`
if redis.call('HGET', KEYS[1], 'probe') == given.replica then
  redis.call('HDEL', KEYS[1], 'probe', 'probeUntil')
end
if given.answer == 'open' and tonumber(redis.call('HGET', KEYS[1], 'closedUntil') or 0) <= now then
  redis.call('HDEL', KEYS[1], 'strikes')
end
if #given.penaltiesMs > 0 then
  local strikes = redis.call('HINCRBY', KEYS[1], 'strikes', 1)
  local forMs = given.penaltiesMs[math.min(strikes, #given.penaltiesMs)]
  redis.call('HSET', KEYS[1], 'closedUntil', now + forMs)
  redis.call('PEXPIRE', KEYS[1], forMs + ${rememberMs})
end
local state = redis.call('HMGET', KEYS[1], 'strikes', 'closedUntil')
return { tonumber(state[1] or 0), math.max(math.ceil(tonumber(state[2] or 0) - now), 0) }
`);
