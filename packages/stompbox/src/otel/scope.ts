/** What our tracer and our meter are called. */
export const SCOPE = 'stompbox';
