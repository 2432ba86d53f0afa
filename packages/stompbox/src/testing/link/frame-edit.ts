/** Frames made of other frames. Frames are never changed: who has one may keep it. */
import { type Command, EMPTY_BYTES, type Frame, FrameHeaders } from '@stompbox/protocol';

export function newFrame(
  command: Command,
  headers: Readonly<Record<string, string | undefined>>,
  body: Uint8Array = EMPTY_BYTES,
): Frame {
  return { command, headers: FrameHeaders.from(headers), body };
}

/** Each header as `edit` gives it: changed, or left out. */
export function editHeaders(
  frame: Frame,
  edit: (name: string, value: string) => readonly [name: string, value: string] | undefined,
): Frame {
  const flat: string[] = [];
  for (const [name, value] of frame.headers) {
    const edited = edit(name, value);
    if (edited !== undefined) flat.push(...edited);
  }
  return { ...frame, headers: new FrameHeaders(flat) };
}

/** Without the headers of these names. */
export function without(frame: Frame, ...names: readonly string[]): Frame {
  return editHeaders(frame, (name, value) => (names.includes(name) ? undefined : [name, value]));
}

/** With these headers in place of others of the same names. */
export function withHeaders(frame: Frame, headers: Readonly<Record<string, string>>): Frame {
  const rest = without(frame, ...Object.keys(headers));
  const added = Object.entries(headers).flat();
  return { ...rest, headers: new FrameHeaders([...rest.headers.flat, ...added]) };
}

/** The RECEIPT that a frame asks for, if it does. */
export function receiptFor(frame: Frame): readonly Frame[] {
  const id = frame.headers.get('receipt');
  return id === undefined ? [] : [newFrame('RECEIPT', { 'receipt-id': id })];
}
