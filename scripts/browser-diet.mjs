/**
 * What browsers do without, because every page that is opened loads it:
 *
 * - sentences in errors: codes and values stay. docs/reference/errors.md has the rest.
 * - checks of options: the compiler and the build for Node have them.
 * - branches that are never taken there, and private methods that nobody calls then.
 *
 * All are taken out of compiled modules by reading tokens: texts, templates, comments, brackets.
 */

/** Where arguments of an error begin. */
const ERROR_CALL = /(?<!function )(?:\bnew \w*Error|\binvalid\w*|\brefuse)\(/g;

/** Empties texts with a space in the arguments of `new …Error(…)`, `invalid…(…)` and `refuse(…)`. */
export function shortenErrors(source) {
  return replaceCalls(source, ERROR_CALL, (call, { text }) => `${call}${text})`);
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

/**
 * What never is in browsers: somebody who traces, bodies in parts, a store of sends, lists of servers
 * in random order. Each is false by the options that a page has; a pattern that fits nowhere any more
 * costs bytes and nothing else.
 */
const NEVER = [
  /(?<!function |\.)\bisTraced\([^)]*\)/g,
  /[\w.#]+ instanceof BodySource\b/g,
  /this\.#incoming !== undefined/g,
  /this\.#streaming(?=\))/g,
  /(?<=\b)store !== undefined/g,
  /\boptions\.isRandomOrder/g,
  /this\.#options\.hasStore/g,
];
const ALWAYS = [
  /\bframe\.body !== undefined/g,
  /this\.#streaming === undefined/g,
  /(?<![.\w])store === undefined/g,
];

export function dropAbsent(source) {
  let text = source;
  for (const pattern of NEVER) text = text.replaceAll(pattern, 'false');
  for (const pattern of ALWAYS) text = text.replaceAll(pattern, 'true');
  return text;
}

const PRIVATE_METHOD = /^ {2}(?:async )?(#\w+)\(/gm;

/** Drops private methods that nothing in the module calls, as esbuild prints them. */
export function dropUncalled(source) {
  for (const method of source.matchAll(PRIVATE_METHOD)) {
    const [, name] = method;
    const uses = source.match(new RegExp(`${name}\\b`, 'g')).length;
    if (uses > 1) continue;
    const parameters = readUntil(source, method.index + method[0].length, ')');
    const body = readUntil(source, source.indexOf('{', parameters.end) + 1, '}');
    return dropUncalled(source.slice(0, method.index) + source.slice(body.end + 1));
  }
  return source;
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
