/**
 * What browsers do without, because every page that is opened loads it:
 *
 * - sentences in errors: codes and values stay. docs/reference/errors.md has the rest.
 * - checks of options: the compiler and the build for Node have them.
 * - traces: there are no diagnostics channels.
 *
 * All are taken out of compiled modules by reading tokens: texts, templates, comments, brackets.
 */

/** Where arguments of an error begin. */
const ERROR_CALL = /(?<!function )(?:\bnew \w*Error|\binvalid\w*|\brefuse)\(/g;

/** Empties texts with a space in the arguments of `new …Error(…)`, `invalid…(…)` and `refuse(…)`. */
export function shortenErrors(source) {
  return replaceCalls(source, ERROR_CALL, (call, { text }) => `${call}${text})`);
}

/** Entries of `const someErrors = { STOMP_X: { isRetryable: true, text: … }, STOMP_Y: (…) => … }`. */
const TABLE = /^const \w+Errors = \{/gm;
const ENTRY = /\b(STOMP_\w+): (?:\{\s*isRetryable: (true|false)|\()/g;
const SHORT_ENTRIES = `
const joined = (...values) => values.join(' ');
const mayRetry = { isRetryable: true, text: joined };
const mayNotRetry = { isRetryable: false, text: joined };
`;

/** Leaves of each entry its code, and whether to try again; its text becomes its values. */
export function shortenTables(source) {
  const short = replaceCalls(source, TABLE, (start, { raw }) => {
    const entries = [...raw.matchAll(ENTRY)].map(([, code, isRetryable]) => {
      if (isRetryable === undefined) return `${code}: joined`;
      return `${code}: ${isRetryable === 'true' ? 'mayRetry' : 'mayNotRetry'}`;
    });
    return `${start}${entries.join(', ')}}`;
  });
  return SHORT_ENTRIES + short;
}

const CHECK_CALL = /(?<!function )\bcheck(?:Keys|[A-Z]\w*)\(/g;

/** `checkText('name', value)` becomes `value`, and `checkKeys(…)` nothing. */
export function stripChecks(source, checks) {
  const stripped = replaceCalls(source, CHECK_CALL, (call, { parts, raw }) => {
    const name = call.slice(0, -1);
    if (!checks.has(name)) return `${call}${raw})`;
    return name === 'checkKeys' ? 'undefined' : `(${stripChecks(parts[1].trim(), checks)})`;
  });
  return stripped.replaceAll(/([\w.]+) === undefined \? undefined : \((\1)\)/g, '$1');
}

/** @param replace is given the call and what stands between its brackets */
function replaceCalls(source, pattern, replace) {
  let text = '';
  let from = 0;
  for (const call of source.matchAll(pattern)) {
    const start = call.index + call[0].length;
    // Inside of a call that has been done.
    if (start < from) continue;
    const inside = readUntil(source, start, call[0].endsWith('{') ? '}' : ')');
    const raw = source.slice(start, inside.end);
    text += source.slice(from, call.index) + replace(call[0], { ...inside, raw });
    from = inside.end + 1;
  }
  return text + source.slice(from);
}

/** Reads up to the closing bracket that belongs to the place. */
function readUntil(source, start, closing) {
  const parts = [''];
  let text = '';
  let depth = 0;
  let at = start;
  for (;;) {
    const character = source[at];
    if (character === undefined) throw new Error(`No ${closing} closes what begins at ${start}`);
    if (depth === 0 && character === closing) return { text, parts, end: at };
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character)) depth--;
    const token = tokenAt(source, at);
    text += token.text;
    if (depth === 0 && character === ',') parts.push('');
    else parts[parts.length - 1] += source.slice(at, token.end);
    at = token.end;
  }
}

const SKIPPED = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//y;

/** A text, a template, a comment, a regular expression, or one character. */
function tokenAt(source, at) {
  const character = source[at];
  if (character === '`') return templateAt(source, at);
  if (character === "'" || character === '"') {
    let end = at + 1;
    while (source[end] !== character) end += source[end] === '\\' ? 2 : 1;
    const literal = source.slice(at, end + 1);
    return { text: literal.includes(' ') ? "''" : literal, end: end + 1 };
  }
  SKIPPED.lastIndex = at;
  const text = (character === '/' && SKIPPED.exec(source)?.[0]) || character;
  return { text, end: at + text.length };
}

/** Sentences between values become one space. */
function templateAt(source, at) {
  let text = '`';
  let piece = '';
  let end = at + 1;
  const flush = () => {
    text += piece.includes(' ') ? ' ' : piece;
    piece = '';
  };
  while (source[end] !== '`') {
    if (source.startsWith('${', end)) {
      flush();
      const inner = readUntil(source, end + 2, '}');
      text += `\${${inner.text}}`;
      end = inner.end + 1;
    } else {
      const length = source[end] === '\\' ? 2 : 1;
      piece += source.slice(end, end + length);
      end += length;
    }
  }
  flush();
  return { text: `${text}\``, end: end + 1 };
}

/** Nobody listens, so the bundler finds what would follow to be dead. */
export function stripTraces(source) {
  return source.replaceAll(/(?<!function )\bisTraced\('\w+'\)/g, 'false');
}
