// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources under test are texts
/** What scripts/browser-diet.mjs takes out of compiled modules, and what it must leave alone. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { repository } from './repository.js';

interface Diet {
  shortenErrors(source: string): string;
  stripChecks(source: string, checks: ReadonlySet<string>): string;
  dropAbsent(source: string): string;
  dropUncalled(source: string): string;
}

const file = path.join(repository, 'scripts/browser-diet.mjs');
const { dropAbsent, dropUncalled, shortenErrors, stripChecks } = (await import(
  pathToFileURL(file).href
)) as Diet;

describe('errors in a bundle for browsers', () => {
  for (const [what, source, expected] of [
    [
      'sentences go, codes stay',
      "new OptionsError('STOMP_X', 'Say it so')",
      "new OptionsError('STOMP_X', '')",
    ],
    ['values stay', 'new FrameError(`The line ${line} is bad`)', 'new FrameError(` ${line} `)'],
    [
      'values inside of values stay',
      'invalid(`a b ${x ? `c d ${y}` : "e f"}`)',
      "invalid(` ${x ? ` ${y}` : ''}`)",
    ],
    [
      'names of options stay',
      "invalidOption('tls', 'an object of it')",
      "invalidOption('tls', '')",
    ],
    [
      'brackets in texts count for nothing',
      "f(new Error('a ) b'), 'c d')",
      "f(new Error(''), 'c d')",
    ],
    [
      'quotes in regular expressions do not begin texts',
      "new Error(s.replace(/['\\/]/g, 'a b'))",
      "new Error(s.replace(/['\\/]/g, ''))",
    ],
    ['other texts stay', "send('two words'); f(`a b ${c}`)", "send('two words'); f(`a b ${c}`)"],
    ['declarations stay', "function invalid(a = 'b c') {}", "function invalid(a = 'b c') {}"],
  ] as const) {
    test(what, () => assert.equal(shortenErrors(source), expected));
  }

  test('a bracket that nobody closes is told, not guessed', () => {
    assert.throws(() => shortenErrors("new Error('a b'"), /closes what begins at/);
  });
});

describe('checks of options in a bundle for browsers', () => {
  const checks = new Set(['checkText', 'checkKeys', 'checkObject']);

  for (const [what, source, expected] of [
    ['a checked value is the value', "checkText('a', raw.a ?? 'b')", "(raw.a ?? 'b')"],
    ['one check may stand in another', "checkText('a', checkText('b', c))", '((c))'],
    ['one of the keys is nothing', "checkKeys('a', checkObject('o', raw), KEYS);", 'undefined;'],
    [
      'what may be missing is simply itself',
      "a === undefined ? undefined : checkText('a', a)",
      'a',
    ],
    ['other functions of such a name stay', "checkOther('a', b)", "checkOther('a', b)"],
    [
      'methods and declarations stay',
      'function checkText(a, b) {} x.checkIt(1)',
      'function checkText(a, b) {} x.checkIt(1)',
    ],
  ] as const) {
    test(what, () => assert.equal(stripChecks(source, checks), expected));
  }
});

test('traces in a bundle for browsers are never asked for', () => {
  const source = "function isTraced(a) {} if (!isTraced('send')) go(); this.isTraced(name);";
  const stripped = 'function isTraced(a) {} if (!false) go(); this.isTraced(name);';
  assert.equal(dropAbsent(source), stripped);
});

test('no body in a bundle for browsers is a stream', () => {
  const source = 'if (body instanceof BodySource) this.#stream(body); else write(body);';
  assert.equal(dropAbsent(source), 'if (false) this.#stream(body); else write(body);');
});

test('private methods that nobody calls are not in a bundle for browsers', () => {
  const source = [
    'class A {',
    '  run() {',
    '    this.#used();',
    '  }',
    '  #used() {',
    '    return "}";',
    '  }',
    '  async #first({ a }) {',
    '    this.#second(`}`);',
    '  }',
    '  #second(text) {',
    '  }',
    '}',
  ].join('\n');
  const { A } = new Function(`${dropUncalled(source)}; return { A };`)() as { A: unknown };
  assert.match(String(A), /#used/);
  assert.doesNotMatch(String(A), /#first|#second/);
});
