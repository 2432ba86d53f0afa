/**
 * What options a broker takes, found out by asking it: the error for an option that does not exist lists
 * those that do. So nothing is repeated here, and nothing can be forgotten.
 *
 * The path of an option is `limits.maxHeaders`, in an entry of a list `policies[].prefetch`.
 */

export type Resolve = (raw: object) => object;

const UNKNOWN = 'noSuchOption';
/** An object may be allowed, or looked at, only beside something else. */
const COMPANIONS: readonly object[] = [
  {},
  { kind: 'tls' },
  { kind: 'ws' },
  { destination: '/queue/a' },
];

/** The paths of all options that are allowed, objects and lists themselves included. */
export function allowedOptions(resolve: Resolve, place = ''): string[] {
  return (allowedNames(resolve, place) ?? []).flatMap((name) => {
    const path = place === '' ? name : `${place}.${name}`;
    return [path, ...allowedOptions(resolve, path), ...allowedOptions(resolve, `${path}[]`)];
  });
}

/** Undefined: there is no object with options at this place. */
function allowedNames(resolve: Resolve, place: string): string[] | undefined {
  const asked = `${place.replaceAll('[]', '[0]')}.${UNKNOWN}`.replace(/^\./, '');
  const parent = place.slice(0, Math.max(place.lastIndexOf('.'), 0));
  for (const companion of COMPANIONS) {
    const beside = (at: string) => (at === parent ? companion : {});
    try {
      resolve(optionsWith(place, { [UNKNOWN]: 1 }, beside));
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      const [, path, names] = /^Unknown broker option (\S+); known: (.*)$/.exec(message) ?? [];
      if (path === asked) return names?.split(', ');
    }
  }
  return undefined;
}

/**
 * Options with this value at this path.
 *
 * @param beside what else the object at a place has
 */
export function optionsWith(
  path: string,
  value: unknown,
  beside: (place: string) => object,
): object {
  const steps = path === '' ? [] : path.split('.');
  let options = value;
  for (let count = steps.length; count > 0; count -= 1) {
    const [name = '', end] = (steps[count - 1] ?? '').split('[');
    const place = steps.slice(0, count - 1).join('.');
    options = { ...beside(place), [name]: end === undefined ? options : [options] };
  }
  return Object(options);
}

/** The value at a path of something like options; of lists the first entry. */
export function valueAt(options: unknown, path: string): unknown {
  return path
    .split(/\.|(?=\[)/)
    .reduce<unknown>((value, step) => Object(value)[step === '[]' ? 0 : step], options);
}

export interface DocumentedOption {
  readonly path: string;
  /** As the page has it: code in backticks, or words. */
  readonly initial: string;
}

/** The options that have a row in a table: name, default, … */
export function documentedOptions(text: string): DocumentedOption[] {
  return [...text.matchAll(/^\| `([\w.[\]]+)` \| ([^|]*) \|.*\|$/gm)].map(
    ([, path = '', initial = '']) => ({ path, initial }),
  );
}
