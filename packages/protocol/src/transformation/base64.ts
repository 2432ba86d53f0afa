/** Bytes as base64 text, the same in Node and in a browser. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SEXTETS = new Map([...ALPHABET].map((letter, sextet) => [letter, sextet]));
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export function formatBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const first = bytes[index] ?? 0;
    const second = bytes[index + 1] ?? 0;
    const third = bytes[index + 2] ?? 0;
    text += ALPHABET.charAt(first >> 2) + ALPHABET.charAt(((first & 3) << 4) | (second >> 4));
    text += index + 1 < bytes.length ? ALPHABET.charAt(((second & 15) << 2) | (third >> 6)) : '=';
    text += index + 2 < bytes.length ? ALPHABET.charAt(third & 63) : '=';
  }
  return text;
}

/** The bytes, or `undefined` if the text is not base64. White space, such as line ends, is skipped. */
export function parseBase64(text: string): Uint8Array | undefined {
  const dense = text.replace(/\s+/g, '');
  if (dense.length % 4 !== 0 || !BASE64.test(dense)) return undefined;
  const letters = dense.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((letters.length * 3) / 4));
  let bits = 0;
  let bitCount = 0;
  let length = 0;
  for (const letter of letters) {
    bits = ((bits << 6) | (SEXTETS.get(letter) ?? 0)) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[length] = (bits >> bitCount) & 0xff;
    length += 1;
  }
  return bytes;
}
