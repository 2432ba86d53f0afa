/**
 * Lets a mistake of the program become an uncaught error: it was found too late to be thrown at the
 * call that made it, and trying again would not mend it.
 */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
