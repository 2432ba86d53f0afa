/** An error as headers can carry it, and the fingerprint by which alike failures are found. */
import { createHash } from 'node:crypto';
import { errorText } from './error-text.js';

export interface FailureDescription {
  readonly failureClass: string;
  readonly code: string | undefined;
  /** At most 1 kB. */
  readonly message: string;
  /** At most 8 kB. */
  readonly stack: string | undefined;
  readonly fingerprint: string;
}

const MOST_NAME_BYTES = 256;
const MOST_MESSAGE_BYTES = 1024;
const MOST_STACK_BYTES = 8 * 1024;
const MOST_BRIEF_BYTES = 200;
/** Frames of the stack that count for the fingerprint. */
const TOP_FRAMES = 3;

export function describeFailure(error: unknown): FailureDescription {
  try {
    return describe(error);
  } catch {
    // A getter of the error has thrown: what it is can be told, but not what it says.
    return describe(errorText(error));
  }
}

/** Little more than the names of it. */
export function inBrief(description: FailureDescription): FailureDescription {
  const message = cut(description.message, MOST_BRIEF_BYTES);
  return { ...description, message, stack: undefined };
}

function describe(error: unknown): FailureDescription {
  if (!(error instanceof Error)) {
    const message = typeof error === 'string' ? error : errorText(error);
    const failureClass = error === null ? 'null' : typeof error;
    return {
      failureClass,
      code: undefined,
      message: cut(message, MOST_MESSAGE_BYTES),
      stack: undefined,
      fingerprint: fingerprintOf(failureClass, undefined, message),
    };
  }
  const code = 'code' in error && error.code !== undefined ? String(error.code) : undefined;
  return {
    failureClass: cut(String(error.name), MOST_NAME_BYTES),
    code: code && cut(code, MOST_NAME_BYTES),
    message: cut(String(error.message), MOST_MESSAGE_BYTES),
    stack: typeof error.stack === 'string' ? cut(error.stack, MOST_STACK_BYTES) : undefined,
    fingerprint: fingerprintOf(String(error.name), error.stack, code ?? ''),
  };
}

/**
 * The class and the topmost places in the code, without lines, columns and folders, which change from
 * release to release and from machine to machine. Texts do not count: they hold ids and times.
 */
function fingerprintOf(failureClass: string, stack: string | undefined, otherwise: string): string {
  const frames = String(stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, TOP_FRAMES)
    .map(placeOf);
  const parts = frames.length > 0 ? frames : [otherwise];
  return createHash('sha256')
    .update([failureClass, ...parts].join('\n'))
    .digest('hex')
    .slice(0, 16);
}

/** `at Object.price (file:///srv/app/dist/price.js:10:5)` is `price price.js`. */
function placeOf(line: string): string {
  const name = /^\s+at (?:async )?(?:new )?([^\s(]+) \(/.exec(line)?.[1] ?? '';
  const file = /([^/\\\s(]+?):\d+:\d+\)?$/.exec(line)?.[1] ?? '';
  return `${name.split('.').at(-1)} ${file}`;
}

/** Cut so that the UTF-8 of it fits, never inside a character. */
function cut(text: string, mostBytes: number): string {
  // Neither NUL nor half a surrogate pair can travel in a header; as bytes the latter is U+FFFD.
  const bytes = Buffer.from(text.replaceAll('\0', '\uFFFD'));
  if (bytes.length <= mostBytes) return bytes.toString('utf8');
  const first = bytes.subarray(0, mostBytes - 3).toString('utf8');
  return `${first.replace(/\uFFFD+$/, '')}…`;
}
