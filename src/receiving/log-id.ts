/** DingTalk's own ids have about 40 characters. */
const mostIdLength = 128;

/** An id that DingTalk sent, for the log. Nobody else bounds its length. */
export function logId(id: string | undefined): string | undefined {
  return id?.slice(0, mostIdLength);
}
