import type { FrameHeaders } from './headers.js';

/** The JMS message type that a body stands for. */
export type BodyType = 'text' | 'bytes';

/**
 * ActiveMQ's rule: `amq-msg-type` decides if present; otherwise a frame with content-length (even
 * 0) is a BytesMessage and one without it is a TextMessage.
 */
export function bodyTypeOf(headers: FrameHeaders): BodyType {
  const stated = headers.get('amq-msg-type')?.toLowerCase();
  if (stated === 'text' || stated === 'bytes') return stated;
  return headers.has('content-length') ? 'bytes' : 'text';
}
