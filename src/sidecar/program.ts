/** Name of the program. A health service of this name on a socket says that this program serves. */
export const programName = "dingtalk-webhook";
