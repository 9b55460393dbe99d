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

/** The zone of DingTalk's calendar, in which also its months begin. */
export const dingtalkZone = "Asia/Shanghai";

/** By zone. */
const monthFormats = new Map<string, Intl.DateTimeFormat>();

/**
 * The month of a moment, such as `2026-01`.
 *
 * @param timeMs milliseconds since 1970
 * @param timeZone a name that `Intl` knows. Default: that of the months to whose quotas DingTalk
 * counts calls
 */
export function monthOf(timeMs: number, timeZone: string = dingtalkZone): string {
  const format =
    monthFormats.get(timeZone) ??
    new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", timeZone });
  monthFormats.set(timeZone, format);
  return format.format(timeMs);
}
