import { createScript } from "../../delivery/redis/redis-script.ts";

/*
 * The record of a received message is a hash with these fields:
 *   owner, leaseUntil   the replica that has the message with its app; it is believed until then
 *   doneUntil           the message had its end, which is remembered until then
 */

const owning = `
local function isDone()
  return (tonumber(redis.call('HGET', KEYS[1], 'doneUntil')) or 0) > now
end
local function isElsewhere()
  local owner = redis.call('HGET', KEYS[1], 'owner')
  if not owner or owner == given.owner then return false end
  return (tonumber(redis.call('HGET', KEYS[1], 'leaseUntil')) or 0) > now
end
local function own()
  redis.call('HSET', KEYS[1], 'owner', given.owner, 'leaseUntil', now + given.leaseMs)
  redis.call('PEXPIRE', KEYS[1], given.leaseMs)
end
`;

/** Claims a message for a replica. Key: the record. Answers with `ours`, `elsewhere` or `done`. */
export const claimScript = createScript(`${owning}
if isDone() then return 'done' end
if isElsewhere() then return 'elsewhere' end
own()
return 'ours'
`);

/** Renews a lease. Key: the record. A record that Redis lost is made anew. */
export const renewClaimScript = createScript(`${owning}
if isDone() or isElsewhere() then return 0 end
own()
return 1
`);

/** Gives a claim back, so that the next copy may go to any replica. Key: the record. */
export const releaseClaimScript = createScript(`
if redis.call('HGET', KEYS[1], 'owner') == given.owner then redis.call('DEL', KEYS[1]) end
return 1
`);

/** Notes that a message had its end. Key: the record. */
export const settleClaimScript = createScript(`
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'doneUntil', now + given.rememberForMs)
redis.call('PEXPIRE', KEYS[1], math.max(given.rememberForMs, 1))
return 1
`);
