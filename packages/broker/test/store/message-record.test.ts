/** A message as a record: what is written is what is read, or it is known to be damaged. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createMessage, openRecord, sealRecord, TRAITS } from '../../dist/message.js';

const anyDraft = fc.record(
  {
    id: fc.stringMatching(/^[A-Za-z0-9-]{1,40}$/),
    traits: fc.constantFrom(0, TRAITS.persistent, TRAITS.persistent | TRAITS.expires),
    priority: fc.integer({ min: 0, max: 9 }),
    headerLines: fc
      .array(fc.stringMatching(/^[^\n\r\0:]{1,10}:[^\n\r\0]{0,20}$/), { maxLength: 5 })
      .map((lines) => lines.map((line) => `${line}\n`).join('')),
    body: fc.uint8Array({ maxLength: 300 }),
  },
  { noNullPrototype: true },
);

describe('a record', () => {
  test('opens as the message that it was made of', () => {
    const property = fc.property(anyDraft, (draft) => {
      const message = createMessage(draft);
      // The store hands out copies.
      assert.deepEqual(openRecord(Uint8Array.from(sealRecord(message))), message);
      assert.equal(message.isPersistent, (draft.traits & TRAITS.persistent) !== 0);
      assert.equal(message.priority, draft.priority);
      assert.equal(message.has(TRAITS.escaped), draft.headerLines.includes('\\'));
    });
    fc.assert(property);
  });

  test('with any bit wrong is known to be damaged', () => {
    const whole = sealRecord(
      createMessage({
        id: 'ID-1',
        traits: TRAITS.persistent,
        priority: 4,
        headerLines: 'destination:/queue/a\nkey:a\\nb\n',
        body: Buffer.from('body'),
      }),
    );
    assert.ok(openRecord(whole));
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.equal(openRecord(damaged), undefined, `bit ${bit}`);
    }
  });

  test('that is cut off, or empty, is known to be damaged', () => {
    const whole = sealRecord(
      createMessage({
        id: 'ID-1',
        traits: TRAITS.persistent,
        priority: 4,
        headerLines: '',
        body: Buffer.from('x'),
      }),
    );
    for (let length = 0; length < whole.length; length++) {
      assert.equal(openRecord(whole.subarray(0, length)), undefined, `${length} bytes`);
    }
  });
});
