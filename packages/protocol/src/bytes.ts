/**
 * Text and bytes, the same in Node and in a browser. Where the runtime has Node's `Buffer`, its
 * native calls are used, because they are several times faster on the short texts of STOMP headers.
 */
interface NativeBytes extends Uint8Array {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}
/** The globals used here, declared by hand so that the types of Node and of the DOM stay outside. */
interface Runtime {
  Buffer?: {
    from(text: string, encoding: 'utf8'): Uint8Array;
    from(bytes: Uint8Array): Uint8Array;
    byteLength(text: string): number;
    allocUnsafeSlow(bytes: number): Uint8Array;
    prototype: NativeBytes;
  };
  TextEncoder: new () => { encode(text: string): Uint8Array };
  TextDecoder: new (
    label: string,
    options: { fatal?: boolean; ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string };
}

const runtime = globalThis as unknown as Runtime;
const native = runtime.Buffer;
const textEncoder = new runtime.TextEncoder();
const strictDecoder = new runtime.TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const looseDecoder = new runtime.TextDecoder('utf-8', { ignoreBOM: true });

export const EMPTY_BYTES = new Uint8Array(0);

/** UTF-8 bytes of a text. Lone surrogates become U+FFFD, as UTF-8 cannot carry them. */
export function encodeUtf8(text: string): Uint8Array {
  return native ? native.from(text, 'utf8') : textEncoder.encode(text);
}

/** Number of bytes that a text takes in UTF-8. */
export function utf8Length(text: string): number {
  return native ? native.byteLength(text) : textEncoder.encode(text).length;
}

/** Text of UTF-8 bytes; invalid sequences become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return native
    ? native.prototype.utf8Slice.call(bytes, 0, bytes.length)
    : looseDecoder.decode(bytes);
}

/** Text of UTF-8 bytes; throws on invalid sequences. */
export function decodeUtf8Strict(bytes: Uint8Array): string {
  return strictDecoder.decode(bytes);
}

/** Text of bytes that are known to be ASCII. */
export const decodeAscii: (bytes: Uint8Array, start: number, end: number) => string = native
  ? (bytes, start, end) => native.prototype.latin1Slice.call(bytes, start, end)
  : (bytes, start, end) => looseDecoder.decode(bytes.subarray(start, end));

/** The same bytes in an array of their own. `slice()` would not do: that of a `Buffer` copies nothing. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return native ? native.from(bytes) : new Uint8Array(bytes);
}

/** One array of all parts, in order. */
export function joinBytes(parts: readonly Uint8Array[], totalBytes: number): Uint8Array {
  const joined = uninitialized(totalBytes);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** From this size on it pays not to write zeros that are overwritten at once. */
const LARGE_BYTES = 4096;

/** An array of its own for a caller that writes every byte of it. */
function uninitialized(totalBytes: number): Uint8Array {
  if (native === undefined || totalBytes < LARGE_BYTES) return new Uint8Array(totalBytes);
  return new Uint8Array(native.allocUnsafeSlow(totalBytes).buffer);
}
