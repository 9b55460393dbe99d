import { createScript } from "./redis-script.ts";

/*
 * The record of a message is a hash with these fields:
 *   uuid, parts, cut         `MessageRecord.msgUuid`, `partsSent` and `cut`, or empty
 *   robot, digest            `MessageRecord.target` and `digest`, or empty
 *   attempt, leaseUntil      the attempt that sends the message now; it is believed until then
 *   replica                  which replica had the latest attempt
 *   state                    sent, refused, or answered: sent, and the caller knows. Else unknown
 *   refusal, refusedAt, refusedUntil, refusedText
 *                            of a refused message: the refusal as JSON, its time and its end, the
 *                            hash of the message
 *   endedAt, openUntil, isGone
 *                            of an attempt that ended without an answer for its caller: when it
 *                            ended, until when a call may repeat it, whether the caller had gone
 *
 * All calls with one key share a record. Each call without a key has its own. The index of a text is
 * a sorted set with the keys of the records that are sent now or that a call may repeat.
 */

const reading = `
local function read(key)
  local record = {}
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do record[flat[i]] = flat[i + 1] end
  return record
end
local function isRefused(record)
  if record.state ~= 'refused' then return false end
  if record.refusedText and record.refusedText ~= given.text then return false end
  local at = tonumber(record.refusedAt)
  if at < now - given.configuredForMs then return false end
  return (tonumber(record.refusedUntil) or at + given.repeatForMs) > now
end
`;

/** `take` makes the attempt the record's owner and answers how the message stands. */
const taking = `${reading}
local function take(key, record)
  if not record.uuid then
    record = { uuid = given.uuid, parts = '0', robot = '', digest = '' }
    redis.call('HSET', key, 'uuid', given.uuid, 'parts', 0, 'robot', '', 'digest', '')
  end
  local kind = 'yours'
  if record.state == 'sent' then kind = 'sent' end
  if isRefused(record) then kind = 'refused' end
  if kind == 'yours' then
    redis.call('HDEL', key, 'state', 'refusal', 'refusedAt', 'refusedUntil', 'refusedText')
  end
  redis.call('HSET', key, 'attempt', given.attempt, 'replica', given.replica,
    'leaseUntil', now + given.leaseMs)
  redis.call('PEXPIRE', key, given.leaseMs + given.keepForMs)
  local agoMs = now - (tonumber(record.refusedAt) or now)
  return { kind, key, record.uuid, record.parts, record.robot, record.digest,
    record.refusal or '', tostring(agoMs), record.cut or '' }
end
`;

/**
 * Claims a message with a key. Key: the record. The script answers with `yours`, with `running` if
 * the attempt of another call has to end first, with `sent`, or with `refused` and the refusal.
 */
export const claimKeyedScript = createScript(`${taking}
local record = read(KEYS[1])
local isRunning = record.attempt and tonumber(record.leaseUntil) > now
local isKnown = record.state == 'sent' or isRefused(record)
if isRunning and not isKnown then return { 'running', '' } end
if not isKnown then return take(KEYS[1], record) end
return { record.state, KEYS[1], record.uuid, record.parts, record.robot, record.digest,
  record.refusal or '', tostring(now - (tonumber(record.refusedAt) or now)), record.cut or '' }
`);

/**
 * Claims a message without a key, as a repeat if one may be repeated. Keys: the index; the call's
 * own record; the record that a former version kept for all calls with this text.
 *
 * `running` comes with the time of the first question. The script answers so while it is in doubt
 * whether another replica lives: if it is dead, the call may be a repeat of what it was sending. A
 * sign of life after the call came shows that the call is no repeat. `taken`: another replica has
 * repeated the own record.
 */
export const claimUnkeyedScript = createScript(`${taking}
local function claim(key, record)
  redis.call('ZADD', KEYS[1], now, key)
  redis.call('PEXPIRE', KEYS[1], given.leaseMs + given.keepForMs)
  return take(key, record)
end
local since = tonumber(given.since) or now
local own = read(KEYS[2])
if given.isRepeat then
  if own.uuid and (own.state == 'answered' or own.replica ~= given.replica) then
    return { 'taken' }
  end
  return claim(KEYS[2], own)
end
local isInDoubt = false
local keys = redis.call('ZRANGE', KEYS[1], 0, -1)
table.insert(keys, KEYS[3])
for _, key in ipairs(keys) do
  local record = read(key)
  local leaseUntil = tonumber(record.leaseUntil) or 0
  local endedAt = record.attempt and leaseUntil or tonumber(record.endedAt) or 0
  local openUntil = record.attempt and leaseUntil + given.keepForMs
    or tonumber(record.openUntil) or now + 1
  if not record.uuid or record.state == 'answered' or openUntil <= now then
    redis.call('ZREM', KEYS[1], key)
  elseif record.attempt and leaseUntil > now then
    local sign = leaseUntil - given.leaseMs
    if record.replica ~= given.replica and sign <= since then isInDoubt = true end
  elseif record.attempt and record.replica == given.replica then
    -- This replica stood still and knows by itself what it sends.
  elseif record.attempt or record.isGone == '1' or endedAt <= since then
    return claim(key, record)
  end
end
if isInDoubt then return { 'running', tostring(since) } end
return claim(KEYS[2], own)
`);

/**
 * Renews the lease of an attempt that goes on. Keys: the record; the index, if it has one. Answers
 * with 0 if another attempt has taken the message over. A record that Redis lost is made anew.
 */
export const renewScript = createScript(`
if redis.call('HGET', KEYS[1], 'attempt') ~= given.attempt
  and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'attempt', given.attempt, 'replica', given.replica,
  'leaseUntil', now + given.leaseMs, 'uuid', given.uuid, 'parts', given.parts,
  'cut', given.cut, 'robot', given.robot, 'digest', given.digest)
redis.call('PEXPIRE', KEYS[1], given.leaseMs + given.keepForMs)
if KEYS[2] then
  redis.call('ZADD', KEYS[2], 'NX', now, KEYS[1])
  redis.call('PEXPIRE', KEYS[2], given.leaseMs + given.keepForMs)
end
return 1
`);

/**
 * Ends an attempt. Keys: the record; the index, if it has one. An attempt that lost its lease to
 * another one changes nothing.
 */
export const settleScript = createScript(`
local owner = redis.call('HGET', KEYS[1], 'attempt')
local isLost = given.isClaimed and redis.call('EXISTS', KEYS[1]) == 1
if owner ~= given.attempt and (owner or isLost) then return 0 end
redis.call('HDEL', KEYS[1], 'attempt', 'leaseUntil', 'state')
local openUntil = now + given.keepForMs
if given.refusal then
  openUntil = now + given.refusal.forMs
  redis.call('HSET', KEYS[1], 'refusal', given.refusal.json, 'refusedAt', now,
    'refusedUntil', openUntil, 'refusedText', given.refusal.text)
elseif given.outcome == 'refused' then
  openUntil = redis.call('HGET', KEYS[1], 'refusedUntil') or openUntil
end
redis.call('HSET', KEYS[1], 'uuid', given.uuid, 'parts', given.parts, 'cut', given.cut,
  'robot', given.robot,
  'digest', given.digest, 'replica', given.replica, 'endedAt', now, 'openUntil', openUntil,
  'isGone', given.isGone and 1 or 0)
local isAnswered = given.outcome == 'sent' and KEYS[2] and not given.isGone
if given.outcome ~= 'unknown' then
  redis.call('HSET', KEYS[1], 'state', isAnswered and 'answered' or given.outcome)
end
redis.call('PEXPIRE', KEYS[1], math.max(given.keepForMs, 1))
if isAnswered then
  redis.call('ZREM', KEYS[2], KEYS[1])
elseif KEYS[2] then
  redis.call('ZADD', KEYS[2], now, KEYS[1])
  redis.call('PEXPIRE', KEYS[2], given.leaseMs + given.keepForMs)
end
return 1
`);

/** Whether the attempt may still post the message of the record. */
const owning = `
local function owns(key, attempt)
  if attempt == '' or redis.call('EXISTS', key) == 0 then return true end
  return redis.call('HGET', key, 'attempt') == attempt
end
`;

/**
 * Notes to which robot a message is about to be posted. Key: the record. Answers with 0 if another
 * attempt has taken the message over.
 */
export const markPostedScript = createScript(`${owning}
if not owns(KEYS[1], given.attempt) then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'robot', given.robot)
  if given.attempt ~= '' then redis.call('HSET', KEYS[1], 'leaseUntil', now + given.leaseMs) end
end
return 1
`);

/**
 * Keeps a digest that is about to be posted. Keys: the digest; the records of its messages. Answers
 * with the places of the messages that other attempts have taken over; then nothing is kept.
 */
export const keepDigestScript = createScript(`${owning}
local lost = {}
for i, attempt in ipairs(given.attempts) do
  if not owns(KEYS[i + 1], attempt) then table.insert(lost, i - 1) end
end
if #lost > 0 then return lost end
redis.call('SET', KEYS[1], given.json, 'PX', given.keepForMs)
for i, attempt in ipairs(given.attempts) do
  if redis.call('EXISTS', KEYS[i + 1]) == 1 then
    redis.call('HSET', KEYS[i + 1], 'robot', given.robot, 'digest', given.uuid)
    if attempt ~= '' then redis.call('HSET', KEYS[i + 1], 'leaseUntil', now + given.leaseMs) end
  end
end
return lost
`);

/** Reads a digest: its body, empty once the digest has arrived. Key: the digest. */
export const readDigestScript = createScript(`return redis.call('GET', KEYS[1])`);
