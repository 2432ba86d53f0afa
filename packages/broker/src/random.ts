/** Chance, as a port: from 0 up to, not including, 1. Tests put their own in its place. */
export type Randomness = () => number;

export const systemRandomness: Randomness = () => Math.random();
