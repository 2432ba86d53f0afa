// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources under test are texts
/** What scripts/browser-diet.mjs takes out of compiled modules, and what it must leave alone. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { repository } from './repository.js';

interface Diet {
  shortenErrors(source: string): string;
  shortenTables(source: string): string;
  stripChecks(source: string, checks: ReadonlySet<string>): string;
  stripTraces(source: string): string;
}

const file = path.join(repository, 'scripts/browser-diet.mjs');
const { shortenErrors, shortenTables, stripChecks, stripTraces } = (await import(
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

  test('a table keeps its codes and which of them may be tried again', () => {
    const source = [
      'const someErrors = {',
      '  STOMP_A: {',
      '    isRetryable: true,',
      '    text: (peer) => `${peer} did { not } answer`,',
      '  },',
      '  STOMP_B: { isRetryable: false, text: () => "no, not at all" },',
      '  STOMP_C: (limit) => `more than ${limit}`,',
      '};',
      'const after = someErrors;',
    ].join('\n');
    const short = shortenTables(source);
    const table = new Function(`${short}\nreturn after;`)() as Record<string, unknown>;
    const [a, b] = [table['STOMP_A'], table['STOMP_B']] as {
      isRetryable: boolean;
      text(...values: unknown[]): string;
    }[];
    assert.deepEqual([a?.isRetryable, b?.isRetryable], [true, false]);
    assert.equal(a?.text('mq', 7), 'mq 7');
    assert.equal((table['STOMP_C'] as (limit: number) => string)(9), '9');
    assert.doesNotMatch(short, /answer|at all|more than/);
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
  assert.equal(stripTraces(source), stripped);
});
