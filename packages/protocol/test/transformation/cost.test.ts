/** What a hostile body may cost: each takes time in step with its length, whatever is in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError, parseBody } from '@stompbox/protocol';

/** Far more than any of them needs; with work that grows with the square, each took minutes. */
const LIMIT_MS = 5000;

function costs(run: () => void): number {
  const begun = performance.now();
  run();
  return performance.now() - begun;
}

test('digits without end that are no number are refused at once', () => {
  const body = `<double>${'1'.repeat(1_000_000)}x</double>`;
  const ms = costs(() => {
    assert.throws(() => parseBody('jms-object-xml', body), ProtocolError);
  });
  assert.ok(ms < LIMIT_MS, `took ${ms} ms`);
});

test('a hundred thousand attributes in JSON are read at once, and one that is there twice found', () => {
  const members = Array.from({ length: 100_000 }, (_, index) => `"@a${index}":1`);
  const ms = costs(() => {
    const body = parseBody('jms-object-json', `{"a":{${members.join(',')}}}`);
    assert.equal(body.kind === 'object' && body.root.attributes.length, 100_000);
    const twice = `{"a":{${members.join(',')},"@a7":2}}`;
    assert.throws(() => parseBody('jms-object-json', twice), /occurs twice/);
  });
  assert.ok(ms < LIMIT_MS, `took ${ms} ms`);
});
