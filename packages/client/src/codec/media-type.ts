/** Reads `content-type` values (RFC 9110, "Media Type") and compares them with patterns. */

export interface MediaType {
  /** `type/subtype` in small letters. */
  readonly name: string;
  /** Parameters, their names in small letters. */
  readonly parameters: ReadonlyMap<string, string>;
}

const PARAMETER = /;\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]*)/g;

export function parseMediaType(text: string): MediaType {
  const [name = ''] = text.split(';', 1);
  const parameters = new Map<string, string>();
  for (const [, key = '', value = ''] of text.slice(name.length).matchAll(PARAMETER)) {
    parameters.set(key.toLowerCase(), unquote(value));
  }
  return { name: name.trim().toLowerCase(), parameters };
}

/** A pattern is a media type in which the type, or what stands before `+`, may be `*`. */
export function matchesMediaType(pattern: string, mediaType: string): boolean {
  const wanted = parseMediaType(pattern).name;
  if (!wanted.includes('*')) return wanted === mediaType;
  const parts = wanted.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/+]+')}$`).test(mediaType);
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
