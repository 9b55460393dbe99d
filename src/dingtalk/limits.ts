/**
 * How many messages one robot may send in any {@link windowMs}; DingTalk refuses more.
 *
 * @see https://open.dingtalk.com/document/robots/custom-robot-access
 */
export const messagesPerMinute = 20;

/** The sliding window in which DingTalk counts the messages of a robot. */
export const windowMs = 60_000;

/**
 * The largest request body that a robot accepts, in bytes. Whether DingTalk measures the whole
 * body or the text alone is not documented; its error text says "body".
 */
export const maxBodyBytes = 20_000;

/** How many people DingTalk pings with one message; DingTalk ignores further ones and does not refuse. */
export const maxMentions = 50;

/** DingTalk's months begin in Shanghai, which has had no summer time since 1991. */
const shanghaiOffsetMs = 8 * 3_600_000;

/**
 * The month to whose quota DingTalk counts a call, such as `2026-01`.
 *
 * @param timeMs milliseconds since 1970
 */
export function monthOf(timeMs: number): string {
  return new Date(timeMs + shanghaiOffsetMs).toISOString().slice(0, "2026-01".length);
}
