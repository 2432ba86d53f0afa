import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatTraceparent,
  parseTraceparent,
  type TraceContext,
  traceContextOf,
} from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import fc from 'fast-check';
import { formatTracestate, traceContextHeaders } from '../../dist/trace/trace-context.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const PARENT = `00-${TRACE_ID}-${PARENT_ID}-01`;

describe('traceparent', () => {
  test('says trace, parent and whether it is sampled', () => {
    assert.deepEqual(parseTraceparent(PARENT), {
      traceId: TRACE_ID,
      parentId: PARENT_ID,
      isSampled: true,
    });
    assert.equal(parseTraceparent(`00-${TRACE_ID}-${PARENT_ID}-00`)?.isSampled, false);
    assert.equal(parseTraceparent(`00-${TRACE_ID}-${PARENT_ID}-fe`)?.isSampled, false);
    assert.equal(parseTraceparent(`00-${TRACE_ID}-${PARENT_ID}-ff`)?.isSampled, true);
  });

  for (const [what, text] of [
    ['nothing', ''],
    ['version ff', `ff-${TRACE_ID}-${PARENT_ID}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${PARENT_ID}-01`],
    ['a parent of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['upper case', PARENT.toUpperCase()],
    ['a digit too few', PARENT.slice(0, -1)],
    ['a digit too many', `${PARENT}0`],
    ['more fields in version 00', `${PARENT}-00`],
    ['no dash behind the flags of a later version', `cc-${TRACE_ID}-${PARENT_ID}-01x`],
    ['spaces', ` ${PARENT}`],
    ['a line end', `${PARENT}\n`],
    ['what is not hexadecimal', PARENT.replace('4bf', 'xyz')],
  ] as const) {
    test(`with ${what} is not accepted`, () => {
      assert.equal(parseTraceparent(text), undefined);
    });
  }

  test('of a later version is read as far as it is known', () => {
    for (const later of [`cc-${TRACE_ID}-${PARENT_ID}-01`, `01-${TRACE_ID}-${PARENT_ID}-01-what`]) {
      assert.deepEqual(parseTraceparent(later), parseTraceparent(PARENT));
    }
  });

  test('comes back from its text', () => {
    const hex = (length: number) =>
      fc
        .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
        .map((digits) => digits.join(''))
        .filter((text) => /[^0]/.test(text));
    const parents = fc.record(
      { traceId: hex(32), parentId: hex(16), isSampled: fc.boolean() },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(parents, (parent) => {
        assert.deepEqual(parseTraceparent(formatTraceparent(parent)), parent);
      }),
    );
  });

  test('is not written from what no reader would accept', () => {
    const parent = { traceId: TRACE_ID, parentId: PARENT_ID, isSampled: true };
    assert.equal(formatTraceparent(parent), PARENT);
    for (const wrong of [{ traceId: 'x' }, { parentId: '0'.repeat(16) }, { parentId: 'AB' }]) {
      assert.throws(() => formatTraceparent({ ...parent, ...wrong }), {
        code: 'STOMP_OPT_INVALID',
        message: /traceparent/,
      });
    }
  });
});

describe('tracestate', () => {
  test('keeps its entries in order, without the spaces around them', () => {
    assert.equal(
      formatTracestate(' rojo=00f067 , congo=t61rcWkgMzE,\t'),
      'rojo=00f067,congo=t61rcWkgMzE',
    );
    assert.equal(
      formatTracestate('fw529a3039@dt=FfAAAG/x*-_,a=b c'),
      'fw529a3039@dt=FfAAAG/x*-_,a=b c',
    );
  });

  for (const [what, text] of [
    ['nothing', ' , '],
    ['no value', 'a='],
    ['no key', '=b'],
    ['no equals sign', 'a'],
    ['a second equals sign', 'a=b=c'],
    ['upper case in a key', 'A=b'],
    ['the same key twice', 'a=1,b=2,a=3'],
    ['a key that is too long', `${'a'.repeat(257)}=1`],
    ['a value that is too long', `a=${'b'.repeat(257)}`],
    ['a control character', 'a=b\u0007'],
    ['more than 32 entries', Array.from({ length: 33 }, (_, n) => `k${n}=1`).join(',')],
  ] as const) {
    test(`with ${what} is left out`, () => {
      assert.equal(formatTracestate(text), undefined);
    });
  }

  test('is passed on up to 512 characters, long entries and then the last ones go', () => {
    const long = `long=${'x'.repeat(200)}`;
    const short = Array.from({ length: 10 }, (_, n) => `k${n}=${'y'.repeat(47)}`);
    const kept = formatTracestate([short[0], long, ...short.slice(1)].join(','));
    assert.equal(kept, short.join(','), 'only the long one has gone');
    const most = [...short, 'last=1'].map((entry) => `${entry}zz`);
    assert.equal(formatTracestate(most.join(',')), most.slice(0, -2).join(','));
    assert.ok(most.slice(0, -2).join(',').length <= 512);
  });
});

describe('the headers of a message', () => {
  const message = (headers: Record<string, string>) => ({ headers: FrameHeaders.from(headers) });

  test('are what the application says, checked', () => {
    const of = (context: TraceContext | undefined) => traceContextHeaders(() => context);
    assert.deepEqual(of({ traceparent: PARENT, tracestate: 'a=1, b=2' }), {
      traceparent: PARENT,
      tracestate: 'a=1,b=2',
    });
    assert.deepEqual(of({ traceparent: PARENT }), { traceparent: PARENT });
    assert.deepEqual(of({ traceparent: PARENT, tracestate: '' }), { traceparent: PARENT });
    assert.deepEqual(of({ traceparent: PARENT, tracestate: 'broken' }), { traceparent: PARENT });
    assert.deepEqual(of(undefined), {});
    assert.deepEqual(of({ traceparent: 'broken', tracestate: 'a=1' }), {});
  });

  test('are not made of what is no context', () => {
    for (const wrong of [null, 'text', {}, { traceparent: 7 }]) {
      assert.throws(() => traceContextHeaders(() => wrong as unknown as TraceContext), {
        code: 'STOMP_OPT_INVALID',
        message: /traceContext/,
      });
    }
  });

  test('have names that a JMS property may have', () => {
    const headers = traceContextHeaders(() => ({ traceparent: PARENT, tracestate: 'a=1' }));
    for (const name of Object.keys(headers)) {
      // JMS 2.0, 3.5.1: an identifier of Java; these names are sent as they are, without escapes.
      assert.match(name, /^[A-Za-z_$][A-Za-z0-9_$]*$/);
      assert.doesNotMatch(name, /^(JMS|NULL|TRUE|FALSE|NOT|AND|OR|BETWEEN|LIKE|IN|IS|ESCAPE)/i);
    }
  });

  test('are read again, and can be passed on', () => {
    const context = traceContextOf(message({ traceparent: PARENT, tracestate: 'a=1 ,b=2' }));
    assert.deepEqual(context, { traceparent: PARENT, tracestate: 'a=1,b=2' });
    assert.deepEqual(
      traceContextHeaders(() => context),
      context,
    );
    const later = message({ traceparent: `cc-${TRACE_ID}-${PARENT_ID}-01-more` });
    assert.deepEqual(traceContextOf(later), { traceparent: PARENT }, 'in the version that we know');
  });

  test('say nothing when they are missing or broken', () => {
    assert.equal(traceContextOf(message({ tracestate: 'a=1' })), undefined);
    assert.equal(traceContextOf(message({ traceparent: 'x', tracestate: 'a=1' })), undefined);
    assert.deepEqual(traceContextOf(message({ traceparent: PARENT, tracestate: '?' })), {
      traceparent: PARENT,
    });
  });
});
