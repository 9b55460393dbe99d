import { createScript } from "./redis-script.ts";

/*
 * The record of a message is a hash with these fields:
 *   uuid, parts              `MessageRecord.msgUuid` and `partsSent`
 *   robot, digest            `MessageRecord.target` and `digest`, or empty
 *   attempt, leaseUntil      the attempt that sends the message now; it is believed until then
 *   state                    sent, refused, or answered: sent, and the caller knows. Else unknown
 *   refusal, refusedAt       of a refused message: the refusal as JSON, and its time
 *   last, lastOutcome        the attempt before, for the replicas that wait for its outcome
 */

/**
 * Claims a message. Key: the record. The script answers with `yours` and the record, with `running`
 * and the attempt to wait for, with `sent`, or with `refused` and the refusal.
 */
export const claimScript = createScript(`
local record = {}
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do record[flat[i]] = flat[i + 1] end
if given.awaited ~= '' and record.last == given.awaited and record.lastOutcome ~= 'unknown' then
  return { record.lastOutcome, record.refusal or '' }
end
if record.state == 'sent' then return { 'sent' } end
if record.state == 'refused' and tonumber(record.refusedAt) >= now - given.configuredForMs then
  return { 'refused', record.refusal }
end
if record.attempt and tonumber(record.leaseUntil) > now then return { 'running', record.attempt } end
if record.state or not record.uuid then
  record.uuid = given.uuid
  record.parts = '0'
  record.robot = ''
  record.digest = ''
  redis.call('HDEL', KEYS[1], 'state', 'refusal', 'refusedAt')
  redis.call('HSET', KEYS[1], 'uuid', given.uuid, 'parts', 0, 'robot', '', 'digest', '')
end
redis.call('HSET', KEYS[1], 'attempt', given.attempt, 'leaseUntil', now + given.leaseMs)
redis.call('PEXPIRE', KEYS[1], math.max(given.keepForMs, given.leaseMs))
return { 'yours', record.uuid, record.parts, record.robot, record.digest }
`);

/** Renews the lease of an attempt that goes on. Key: the record. */
export const renewScript = createScript(`
if redis.call('HGET', KEYS[1], 'attempt') ~= given.attempt then return 0 end
redis.call('HSET', KEYS[1], 'leaseUntil', now + given.leaseMs, 'parts', given.parts)
redis.call('PEXPIRE', KEYS[1], math.max(given.keepForMs, given.leaseMs))
return 1
`);

/**
 * Ends an attempt. Key: the record. An attempt that lost its lease to another one changes nothing.
 */
export const settleScript = createScript(`
local owner = redis.call('HGET', KEYS[1], 'attempt')
if owner and owner ~= given.attempt then return 0 end
redis.call('HDEL', KEYS[1], 'attempt', 'leaseUntil', 'state')
redis.call('HSET', KEYS[1], 'uuid', given.uuid, 'parts', given.parts,
  'robot', given.robot, 'digest', given.digest, 'last', given.attempt, 'lastOutcome', given.outcome)
if given.outcome == 'refused' then
  redis.call('HSET', KEYS[1], 'refusal', given.refusal, 'refusedAt', now)
end
if given.outcome ~= 'unknown' then
  redis.call('HSET', KEYS[1], 'state', given.isAnswered and 'answered' or given.outcome)
end
redis.call('PEXPIRE', KEYS[1], given.isAnswered and given.leaseMs or given.keepForMs)
return 1
`);

/** Notes to which robot a message is about to be posted. Key: the record. */
export const markPostedScript = createScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'robot', given.robot) end
return 1
`);

/** Keeps a digest that is about to be posted. Keys: the digest; the records of its messages. */
export const keepDigestScript = createScript(`
redis.call('SET', KEYS[1], given.json, 'PX', given.keepForMs)
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('HSET', KEYS[i], 'robot', given.robot, 'digest', given.uuid)
  end
end
return 1
`);

/** Reads a digest: its body, empty once the digest has arrived. Key: the digest. */
export const readDigestScript = createScript(`return redis.call('GET', KEYS[1])`);
