/** How long a replica is believed to send a message without a sign of life, in milliseconds. */
export const leaseMs = 15_000;
