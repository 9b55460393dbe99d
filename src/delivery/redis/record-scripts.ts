import { repeatForMs } from "../repeat-time.ts";
import { leaseMs } from "./lease.ts";
import { freeing, takingSlots } from "./ledger-scripts.ts";
import { createScript } from "./redis-script.ts";

/*
 * The record of a message is a hash with these fields:
 *   uuid, parts, cut         `MessageRecord.msgUuid`, `partsSent` and `cut`, or empty
 *   robot, digest            `MessageRecord.target` and `digest`, or empty
 *   attempt, leaseUntil      the attempt that sends the message now; it is believed until then
 *   replica                  which replica had the latest attempt
 *   awaited                  a call at another replica waits for the end of the attempt
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
  return (tonumber(record.refusedUntil) or at + ${repeatForMs}) > now
end
`;

/**
 * Lua: `take` makes the attempt the record's owner and answers how the message stands. `begin` adds
 * the answer for the slots that are asked for with the claim. They are taken where the message is
 * to be posted whole, to this target; the record then names the target, as `markPostedScript` does.
 */
const taking = `${reading}${takingSlots}
local function take(key, record)
  local kind = 'yours'
  if record.state == 'sent' then kind = 'sent' end
  if isRefused(record) then kind = 'refused' end
  if kind == 'yours' and (record.state or record.refusal) then
    redis.call('HDEL', key, 'state', 'refusal', 'refusedAt', 'refusedUntil', 'refusedText')
  end
  if not record.uuid then
    record = { uuid = given.uuid, parts = '0', robot = '', digest = '' }
  end
  redis.call('HSET', key, 'uuid', record.uuid, 'parts', record.parts, 'robot', record.robot,
    'digest', record.digest, 'attempt', given.attempt, 'replica', given.replica,
    'leaseUntil', now + ${leaseMs})
  redis.call('PEXPIRE', key, ${leaseMs} + given.keepForMs)
  local agoMs = now - (tonumber(record.refusedAt) or now)
  return { kind, key, record.uuid, record.parts, record.robot, record.digest,
    record.refusal or '', tostring(agoMs), record.cut or '' }
end
local function begin(claimed, slotsAt)
  local wish = given.slots
  if not wish or claimed[1] ~= 'yours' then return { claimed } end
  local _, key, _, parts, robot, digest = unpack(claimed)
  local isElsewhere = robot ~= '' and robot ~= given.target
  if isElsewhere or parts ~= '0' or digest ~= '' then return { claimed } end
  local target = { slots = KEYS[slotsAt], penalty = KEYS[slotsAt + 1], waiting = KEYS[slotsAt + 2] }
  local taken = takeSlots(target, wish)
  if taken[1] == 'granted' then redis.call('HSET', key, 'robot', given.target) end
  return { claimed, taken }
end
`;

/**
 * Claims a message with a key, and takes its slots if they are asked for. Keys: the record; those of
 * `takeScript`. The first value says how the message stands: `yours`; `running` if the attempt of
 * another call has to end first, with the time that its lease lasts; `sent`; or `refused` and the
 * refusal. The second value, if there is one, is the answer of `takeSlots`.
 */
export const claimKeyedScript = createScript(`${taking}
local record = read(KEYS[1])
local isRunning = record.attempt and tonumber(record.leaseUntil) > now
local isKnown = record.state == 'sent' or isRefused(record)
if isRunning and not isKnown then
  redis.call('HSET', KEYS[1], 'awaited', 1)
  return { { 'running', '', math.ceil(tonumber(record.leaseUntil) - now) } }
end
if not isKnown then return begin(take(KEYS[1], record), 2) end
return { { record.state, KEYS[1], record.uuid, record.parts, record.robot, record.digest,
  record.refusal or '', tostring(now - (tonumber(record.refusedAt) or now)), record.cut or '' } }
`);

/**
 * Claims a message without a key, as a repeat if one may be repeated, and takes its slots if they
 * are asked for. Keys: the call's own record; the index; those of `takeScript`. The answers are those
 * of `claimKeyedScript`.
 *
 * `running` comes with the time of the first question. The script answers so while it is in doubt
 * whether another replica lives: if it is dead, the call may be a repeat of what it was sending. A
 * sign of life after the call came shows that the call is no repeat. `taken`: another replica has
 * repeated the own record.
 */
export const claimUnkeyedScript = createScript(`${taking}
local function claim(key, record)
  redis.call('ZADD', KEYS[2], now, key)
  redis.call('PEXPIRE', KEYS[2], ${leaseMs} + given.keepForMs)
  return begin(take(key, record), 3)
end
local since = tonumber(given.since) or now
if given.isRepeat then
  local own = read(KEYS[1])
  if own.uuid and (own.state == 'answered' or own.replica ~= given.replica) then
    return { { 'taken' } }
  end
  return claim(KEYS[1], own)
end
local doubtUntil
for _, key in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local uuid, state, attempt, replica, leaseUntil, endedAt, openUntil, isGone = unpack(redis.call(
    'HMGET', key, 'uuid', 'state', 'attempt', 'replica', 'leaseUntil', 'endedAt', 'openUntil',
    'isGone'))
  leaseUntil = tonumber(leaseUntil) or 0
  endedAt = attempt and leaseUntil or tonumber(endedAt) or 0
  openUntil = attempt and leaseUntil + given.keepForMs or tonumber(openUntil) or now + 1
  if not uuid or state == 'answered' or openUntil <= now then
    redis.call('ZREM', KEYS[2], key)
  elseif attempt and leaseUntil > now then
    if replica ~= given.replica and leaseUntil - ${leaseMs} <= since then
      redis.call('HSET', key, 'awaited', 1)
      doubtUntil = math.min(doubtUntil or leaseUntil, leaseUntil)
    end
  elseif attempt and replica == given.replica then
    -- This replica stood still and knows by itself what it sends.
  elseif attempt or isGone == '1' or endedAt <= since then
    return claim(key, read(key))
  end
end
if doubtUntil then return { { 'running', tostring(since), math.ceil(doubtUntil - now) } } end
return claim(KEYS[1], {})
`);

/** Lua: `wake` tells the calls that wait for a record. Without a right to the channel, they ask. */
const waking = `
local function wake(key, channel)
  if redis.call('HDEL', key, 'awaited') == 1 then redis.pcall('PUBLISH', channel, '') end
end
`;

/**
 * Renews the lease of an attempt that goes on. Keys: the record; the index, if it has one. Answers
 * with 0 if another attempt has taken the message over. A record that Redis lost is made anew. While
 * a POST is under way, the replica does not know yet that its robot may have the message: the notes
 * of the robot and of the digest stay until `unmarkDigestScript` or `settleScript` ends them.
 */
export const renewScript = createScript(`${waking}
if redis.call('HGET', KEYS[1], 'attempt') ~= given.attempt
  and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'attempt', given.attempt, 'replica', given.replica,
  'leaseUntil', now + ${leaseMs}, 'uuid', given.uuid, 'parts', given.parts,
  'cut', given.cut)
for _, name in ipairs({ 'robot', 'digest' }) do
  redis.call(given[name] == '' and 'HSETNX' or 'HSET', KEYS[1], name, given[name])
end
redis.call('PEXPIRE', KEYS[1], ${leaseMs} + given.keepForMs)
if KEYS[2] then
  redis.call('ZADD', KEYS[2], 'NX', now, KEYS[1])
  redis.call('PEXPIRE', KEYS[2], ${leaseMs} + given.keepForMs)
  wake(KEYS[1], KEYS[2])
end
return 1
`);

/**
 * Ends an attempt, and frees the slots that come along. Keys: the record; the index, if it has one;
 * those of `freeScript`, if slots come along. An attempt that lost its lease to another one changes
 * nothing in the record.
 */
export const settleScript = createScript(`${freeing}${waking}
local index = given.isIndexed and KEYS[2] or nil
if given.slots then
  freeSlots({ slots = KEYS[#KEYS - 1], penalty = KEYS[#KEYS] }, given.slots.freed,
    given.slots.replica)
end
local owner = redis.call('HGET', KEYS[1], 'attempt')
local isLost = given.isClaimed and redis.call('EXISTS', KEYS[1]) == 1
if owner ~= given.attempt and (owner or isLost) then return 0 end
wake(KEYS[1], index or KEYS[1])
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
local isAnswered = given.outcome == 'sent' and index and not given.isGone
if given.outcome ~= 'unknown' then
  redis.call('HSET', KEYS[1], 'state', isAnswered and 'answered' or given.outcome)
end
redis.call('PEXPIRE', KEYS[1], math.max(given.keepForMs, 1))
if isAnswered then
  redis.call('ZREM', index, KEYS[1])
elseif index then
  redis.call('ZADD', index, now, KEYS[1])
  redis.call('PEXPIRE', index, ${leaseMs} + given.keepForMs)
end
return 1
`);

/** Lua: whether the attempt may still post the message of the record, and a note that it does. */
const owning = `
local function owns(key, attempt)
  if attempt == '' or redis.call('EXISTS', key) == 0 then return true end
  return redis.call('HGET', key, 'attempt') == attempt
end
local function mark(key, attempt, ...)
  if redis.call('EXISTS', key) == 0 then return end
  redis.call('HSET', key, 'robot', given.robot, ...)
  if attempt ~= '' then redis.call('HSET', key, 'leaseUntil', now + ${leaseMs}) end
end
`;

/**
 * Notes to which robot a message is about to be posted. Key: the record. Answers with 0 if another
 * attempt has taken the message over.
 */
export const markPostedScript = createScript(`${owning}
if not owns(KEYS[1], given.attempt) then return 0 end
mark(KEYS[1], given.attempt)
return 1
`);

/**
 * Notes in which digest messages are about to be posted. Keys: their records. Answers with the
 * places of the messages that other attempts have taken over; then nothing is noted.
 */
export const markDigestScript = createScript(`${owning}
local lost = {}
for i, attempt in ipairs(given.attempts) do
  if not owns(KEYS[i], attempt) then table.insert(lost, i - 1) end
end
if #lost > 0 then return lost end
for i, attempt in ipairs(given.attempts) do
  mark(KEYS[i], attempt, 'digest', given.uuid)
end
return lost
`);

/** Takes a digest back that has not arrived. Keys: the records of its messages. */
export const unmarkDigestScript = createScript(`
for _, key in ipairs(KEYS) do
  if redis.call('HGET', key, 'digest') == given.uuid then
    redis.call('HSET', key, 'robot', '', 'digest', '')
  end
end
return 1
`);

/** Keeps a digest that is about to be posted. Key: the digest. */
export const keepDigestScript = createScript(`
redis.call('SET', KEYS[1], given.json, 'PX', given.keepForMs)
return 1
`);

/** Forgets a digest. Key: the digest. */
export const dropDigestScript = createScript(`return redis.call('DEL', KEYS[1])`);

/** Reads a digest: its body, empty once the digest has arrived. Key: the digest. */
export const readDigestScript = createScript(`return redis.call('GET', KEYS[1])`);
