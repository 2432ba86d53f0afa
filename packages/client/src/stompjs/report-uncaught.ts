/**
 * Lets an error of the application become an uncaught one, as if nobody had been in between: what it
 * throws in a callback must neither stop the client nor vanish.
 */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
