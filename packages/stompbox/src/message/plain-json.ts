/**
 * Decides, before anything is sent, whether JSON can carry a value without losing anything.
 *
 * `JSON.stringify` alone loses silently: a Map becomes `{}`, NaN becomes `null`, a function in an
 * object vanishes. So the value is walked first:
 *
 *   carried   null, booleans, finite numbers, texts, arrays, objects, objects with toJSON (as what
 *             it returns, so Date is its ISO text), instances of classes by their own properties
 *   left out  properties whose value is undefined, and named properties of an array
 *   refused   functions, symbols, BigInt, NaN, Infinity, undefined as the whole body or inside an
 *             array, circular references, Map, Set, Error, RegExp, Promise, bytes inside an object,
 *             every other object of a class that JSON would turn into `{}`, nesting over 1000
 */

/** What JSON cannot carry, where (`$.order.total`), and what to do about it. */
export interface JsonObstacle {
  readonly path: string;
  readonly what: string;
  readonly fix: string;
}

const MAX_DEPTH = 1000;

/** The first thing that JSON cannot carry; undefined when the whole value is fine. */
export function findJsonObstacle(body: unknown): JsonObstacle | undefined {
  return inspectValue(body, '$', '', new Set());
}

function inspectValue(
  value: unknown,
  path: string,
  key: string,
  ancestors: Set<object>,
): JsonObstacle | undefined {
  if (typeof value !== 'object' || value === null) return inspectPrimitive(value, path);
  if (ancestors.has(value)) {
    return { path, what: 'a circular reference', fix: 'send an id in its place' };
  }
  if (ancestors.size >= MAX_DEPTH) {
    return { path: '$', what: `nesting over ${MAX_DEPTH} levels`, fix: 'send a flatter value' };
  }
  ancestors.add(value);
  const found = inspectSpecial(value, path) ?? inspectObject(value, path, key, ancestors);
  ancestors.delete(value);
  return found;
}

function inspectPrimitive(value: unknown, path: string): JsonObstacle | undefined {
  switch (typeof value) {
    case 'number':
      if (Number.isFinite(value)) return undefined;
      return { path, what: String(value), fix: 'send null or leave it out' };
    case 'bigint':
      return { path, what: 'a BigInt', fix: 'convert it with String(…) or Number(…)' };
    case 'undefined':
      return { path, what: 'undefined', fix: 'send null' };
    case 'function':
    case 'symbol':
      return { path, what: `a ${typeof value}`, fix: 'leave it out or send what it stands for' };
    default:
      return undefined;
  }
}

function inspectObject(
  value: object,
  path: string,
  key: string,
  ancestors: Set<object>,
): JsonObstacle | undefined {
  if (!('toJSON' in value && typeof value.toJSON === 'function')) {
    return inspectContent(value, path, ancestors);
  }
  // JSON calls toJSON once: what it returns is written as it is, even if it has a toJSON too.
  const written: unknown = value.toJSON(key);
  if (typeof written !== 'object' || written === null) return inspectPrimitive(written, path);
  return inspectSpecial(written, path) ?? inspectContent(written, path, ancestors);
}

function inspectContent(
  value: object,
  path: string,
  ancestors: Set<object>,
): JsonObstacle | undefined {
  return Array.isArray(value)
    ? inspectArray(value, path, ancestors)
    : inspectProperties(value, path, ancestors);
}

/** Objects whose content is not in their properties. */
function inspectSpecial(value: object, path: string): JsonObstacle | undefined {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    const fix = "send Buffer.from(…).toString('base64'), or the bytes alone as the body";
    return { path, what: `bytes (${nameOf(value)})`, fix };
  }
  if (value instanceof Map) return { path, what: 'a Map', fix: 'use Object.fromEntries(map)' };
  if (value instanceof Set) return { path, what: 'a Set', fix: 'use [...set]' };
  if (value instanceof Error) {
    return { path, what: nameOf(value), fix: 'send its message, a text' };
  }
  if (value instanceof Date && Number.isNaN(value.getTime())) {
    return { path, what: 'an invalid Date', fix: 'check the date, or send null' };
  }
  return undefined;
}

function inspectArray(
  array: readonly unknown[],
  path: string,
  ancestors: Set<object>,
): JsonObstacle | undefined {
  // Not `entries()` of the array alone: a hole would become null, as an undefined item would.
  for (let index = 0; index < array.length; index += 1) {
    if (isSimple(array[index])) continue;
    const found = inspectValue(array[index], `${path}[${index}]`, String(index), ancestors);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inspectProperties(
  value: object,
  path: string,
  ancestors: Set<object>,
): JsonObstacle | undefined {
  const entries = Object.entries(value);
  if (entries.length === 0 && !isPlain(value)) {
    const fix = 'give it a toJSON() method or send a plain object';
    return { path, what: `a ${nameOf(value)}, whose JSON would be {}`, fix };
  }
  for (const [name, item] of entries) {
    if (item === undefined || isSimple(item)) continue;
    const found = inspectValue(item, path + step(name), name, ancestors);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Most of what is sent: it needs no path that would name it. */
function isSimple(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    default:
      return value === null;
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function step(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'object without a class';
}
