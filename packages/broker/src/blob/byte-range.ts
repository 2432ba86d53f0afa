/** The `Range` of a GET: one range of bytes (RFC 9110, "Range Requests"); lists of ranges are not served. */
const RANGE = /^bytes=(\d*)-(\d*)$/;

export interface ByteRange {
  readonly first: number;
  /** The last byte, included. */
  readonly last: number;
}

/** `whole`: the header asks for nothing that is understood, so all of it is sent, as the RFC says. */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const [, from = '', to = ''] = RANGE.exec(header ?? '') ?? [];
  if (from === '' && to === '') return 'whole';
  if (from === '') {
    const length = Math.min(Number(to), size);
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) return 'whole';
  return first >= size ? 'unsatisfiable' : { first, last };
}
