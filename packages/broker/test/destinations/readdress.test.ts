/** Messages that get another destination, and headers that are read without decoding the others. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeHeaderLine } from '@stompbox/protocol';
import fc from 'fast-check';
import {
  createMessage,
  type Message,
  openRecord,
  readdress,
  sealRecord,
} from '../../dist/message.js';
import { decodeMessage } from '../../dist/transcode.js';

const line = (name: string, value: string) => encodeHeaderLine(name, value, '1.2');

function messageWith(headers: ReadonlyArray<readonly [string, string]>, body = ''): Message {
  return createMessage({
    ...{ id: 'ID-1', traits: 0, priority: 4, body: Buffer.from(body) },
    headerLines: headers.map(([name, value]) => line(name, value)).join(''),
  });
}

const anyText = fc.string({
  unit: fc.constantFrom('a', ':', '\\', '\n', '\r', 'ü', '🙂', ' ', '/'),
});
const anyName = anyText.filter((name) => name !== '');

describe('a header of a message', () => {
  test('is found by any name, with any value, and the first one counts', () => {
    const headers = fc.array(fc.tuple(anyName, anyText), { maxLength: 6 });
    fc.assert(
      fc.property(headers, anyText, (others, body) => {
        const all = [['destination', '/queue/a'] as const, ...others];
        const message = messageWith(all, `\ndestination:in the body\n${body}`);
        for (const [name] of all) {
          assert.equal(message.get(name), all.find(([other]) => other === name)?.[1]);
        }
        assert.equal(message.get('never there'), undefined);
      }),
    );
  });
});

describe('a message for another destination', () => {
  test('keeps id, body and all other headers, whatever its names hold', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (from, to, value) => {
        const message = messageWith(
          [
            ['destination', `/queue/${from}`],
            ['foo', value],
          ],
          'body\n\n',
        );
        const lines = line('destination', `/topic/${to}`) + line('original-destination', from);
        const copy = readdress(message, lines);
        const { headers, body } = decodeMessage(copy);
        assert.deepEqual(
          [...headers],
          [
            ['message-id', 'ID-1'],
            ['destination', `/topic/${to}`],
            ['original-destination', from],
            ['foo', value],
          ],
        );
        assert.equal(Buffer.from(body).toString(), 'body\n\n');
        assert.equal(message.get('destination'), `/queue/${from}`);
        assert.equal(openRecord(sealRecord(copy))?.get('destination'), `/topic/${to}`);
      }),
    );
  });

  test('gives up several lines when it is asked to', () => {
    const message = messageWith([
      ['destination', '/queue/a'],
      ['original-destination', '/queue/a,/queue/b'],
      ['foo', '1'],
    ]);
    const copy = readdress(message, line('destination', '/queue/b'), 2);
    assert.equal(copy.get('original-destination'), undefined);
    assert.deepEqual([copy.get('destination'), copy.get('foo')], ['/queue/b', '1']);
  });
});
