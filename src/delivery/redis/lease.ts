/** How long a replica is believed to send a message without a sign of life, in milliseconds. */
export const leaseMs = 15_000;
/** How often a replica gives a sign of life for a message, in milliseconds. */
export const renewEveryMs = leaseMs / 3;
