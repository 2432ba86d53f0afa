/**
 * A copy of a text that was cut out of a frame. V8 keeps the whole head of the frame alive for each piece
 * of it; whatever outlives the frame is copied.
 */
export function detached(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
