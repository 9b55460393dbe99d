/**
 * The fields of `at` that hold a list of ids. DingTalk documents the first two; robots read the
 * third as well.
 */
export const idLists = ["atMobiles", "atUserIds", "atDingtalkIds"] as const;

/** Every known field of `at`. */
export const atFields = [...idLists, "isAtAll"] as const;

/** Every known field of a message beside the content. */
export const envelopeFields = ["msgtype", "at", "msgUuid"] as const;
