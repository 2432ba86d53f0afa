/** The page of the broker's settings has every option that the broker takes, with its default. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resolveBrokerOptions } from '@stompbox/broker';
import { OptionsError } from '@stompbox/protocol';
import { readText } from '../repository.js';
import { allowedOptions, documentedOptions, optionsWith, valueAt } from './option-walk.js';

const page = readText('docs/reference/broker-settings.md');
const documented = documentedOptions(page);
const QUEUE = { kind: 'queue', name: 'a' } as const;
/** What an object must have. */
const NEEDED: Readonly<Record<string, object>> = {
  'policies[]': { destination: `/queue/${QUEUE.name}` },
  'security.anonymous': { roles: ['guests'] },
  'security.permissions[]': { destination: '>', roles: ['*'], may: ['read'] },
};
/** Needs certificates, which are there only where connectors are tested. */
const NOT_TRIED = ['connectors[].tls.requestCertificate'];

/** What options come to, so that it can be compared and searched by their names. */
function outcome(raw: object) {
  const { policies, onEvent: _, ...resolved } = resolveBrokerOptions(raw);
  const policy = policies.policyOf(QUEUE);
  const { redelivery, deadLetter, topicLimits } = policy;
  return { ...resolved, redelivery, deadLetter, topicLimits, policies: [policy] };
}

function outcomeWith(path: string, value: unknown) {
  return outcome(optionsWith(path, value, (place) => NEEDED[place] ?? {}));
}

describe('docs/reference/broker-settings.md', () => {
  test('has each option once, and no other', () => {
    const paths = documented.map(({ path }) => path).sort();
    assert.deepEqual(
      paths,
      allowedOptions(resolveBrokerOptions)
        .filter((path) => !/^policies\[\]\.(redelivery|deadLetter|topicLimits)\./.test(path))
        .sort(),
    );
    assert.equal(new Set(paths).size, paths.length);
  });

  for (const { path, initial } of documented) {
    if (NOT_TRIED.includes(path)) continue;
    test(`has the default of ${path}`, () => {
      const [, code] = /^`(.+)`$/.exec(initial) ?? [];
      if (code !== undefined) {
        const place = path.slice(0, Math.max(path.lastIndexOf('.'), 0));
        const without = place === '' ? outcome({}) : outcomeWith(place, NEEDED[place] ?? {});
        assert.deepEqual(outcomeWith(path, valueIn(code)), without);
      } else if (initial.startsWith('at most `')) {
        // By the machine's memory.
        const most = Number(/^at most `(\d+)`$/.exec(initial)?.[1]);
        const value = Number(valueAt(outcome({}), path));
        assert.ok(value > 0 && value <= most, `${value}`);
      } else if (initial === 'as above') {
        const above = path.replace('policies[].', '');
        assert.deepEqual(valueAt(outcome({}), path), valueAt(outcome({}), above));
      } else if (initial === 'required') {
        const end = path.lastIndexOf('.');
        const place = path.slice(0, end);
        const name = path.slice(end + 1);
        const others = { ...NEEDED[place], [name]: undefined };
        const isMissing = (error: unknown) =>
          error instanceof OptionsError && error.message.includes(`.${name} must be `);
        assert.throws(() => outcome(optionsWith(place, others, () => ({}))), isMissing);
      } else {
        assert.equal(initial, 'none');
        const value = valueAt(outcome({}), path);
        assert.ok(value === undefined || ['clock', 'random'].includes(path), String(value));
      }
    });
  }

  test('has examples in JSON that a broker takes', () => {
    const examples = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    assert.ok(examples.length > 8);
    for (const text of examples) resolveBrokerOptions(JSON.parse(text));
  });

  test('has the default port of a WebSocket', () => {
    assert.equal(outcome({ connectors: [{ kind: 'ws' }] }).connectors[0]?.port, 61615);
    assert.match(page, /^\| `connectors\[\]\.port` .* for `ws` 61615,/m);
  });
});

/** What stands between backticks: JSON, or a text without its quotes. */
function valueIn(code: string): unknown {
  return /^(true|false|\d+|[[{].*)$/.test(code) ? JSON.parse(code) : code;
}

describe('the walk through the options', () => {
  test('finds objects, lists of objects, and what needs something beside it', () => {
    const paths = allowedOptions(resolveBrokerOptions);
    for (const path of [
      'data',
      'limits.maxHeaders',
      'connectors[].tls.keyFile',
      'connectors[].ws.origins',
      'policies[].redelivery.jitter',
      'security.permissions[].may',
    ]) {
      assert.ok(paths.includes(path), path);
    }
  });

  test('reads rows of tables', () => {
    const rows = '| option | default |\n|---|---|\n| `a.b[].c` | `1` | from 0 | x |\ntext `d`';
    assert.deepEqual(documentedOptions(rows), [{ path: 'a.b[].c', initial: '`1`' }]);
  });

  test('builds and searches options', () => {
    const options = optionsWith('a.b[].c', 1, (place) => (place === 'a.b[]' ? { d: 2 } : {}));
    assert.deepEqual(options, { a: { b: [{ d: 2, c: 1 }] } });
    assert.equal(valueAt(options, 'a.b[].d'), 2);
    assert.equal(valueAt(options, 'x.y'), undefined);
  });
});
