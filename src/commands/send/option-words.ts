/** What `send` calls the parts of its robot: the option, file option or variable that they come from. */
export interface RobotSources {
  readonly url: string;
  readonly secret: string;
}

/** Turns an error's words about a component into words about the options of `send`. */
export function inOptionWords(text: string, { url, secret }: RobotSources): string {
  const words: readonly (readonly [RegExp, string])[] = [
    [/, or set the component's keyword/g, ""],
    [/raise (?:maxWait|ttlInSeconds) or /g, ""],
    [/, use overflow digest,/g, ""],
    [/raise responseTimeout or /g, ""],
    [/the pod's DNS/g, "this machine's DNS"],
    [/compare the component with/g, `compare ${url} and ${secret} with`],
    [/(?:the component's|metadata field) url\b/g, url],
    [/(?:the component's|metadata field) secret\b/g, secret],
    [/; take them out and set secret$/g, `; take them out and set ${secret}`],
    [/metadata atMobiles/g, "--at-mobiles"],
    [/metadata atUserIds/g, "--at-user-ids"],
    [/the component is shutting down/g, "the command is ending"],
  ];
  return words.reduce((result, [pattern, word]) => result.replace(pattern, word), text);
}
