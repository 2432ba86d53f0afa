/** The guide to destinations: its policies are understood, and it names every setting with its default. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { resolveOptions } from '../../dist/options.js';

const guide = readFileSync(
  new URL('../../../../docs/guide/destinations.md', import.meta.url),
  'utf8',
);
const orders = { kind: 'queue', name: 'orders.eu' } as const;

test('the policies of the guide do what it says', () => {
  const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  const list = JSON.stringify(runInNewContext(`${code}\npolicies`));
  const { policies } = resolveOptions({ policies: JSON.parse(list) });
  const policy = policies.policyOf(orders);
  assert.deepEqual([policy.maxMessages, policy.redelivery.maxRedeliveries], [1_000_000, 3]);
  assert.equal(policies.policyOf({ kind: 'topic', name: 'prices.oil' }).retainedMessages, 1);
});

test('the guide names every setting of a policy', () => {
  const { policies } = resolveOptions({});
  const { redelivery, deadLetter, topicLimits, ...others } = policies.policyOf(orders);
  const table = guide.slice(guide.indexOf('| setting |'));
  for (const name of ['redelivery', 'deadLetter', 'topicLimits', ...Object.keys(others)]) {
    assert.match(table, new RegExp(`^\\| \`${name}\` \\|`, 'm'));
  }
  for (const name of Object.keys({ ...redelivery, ...deadLetter, ...topicLimits })) {
    assert(table.includes(`\`${name}\``), name);
  }
});
