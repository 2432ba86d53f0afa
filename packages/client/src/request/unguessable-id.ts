/**
 * 128 random bits in hexadecimal: nobody can answer in another's name by guessing what it waits
 * for.
 */
export function unguessableId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
