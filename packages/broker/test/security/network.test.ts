import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from '../../dist/security/network.js';

for (const [peer, network] of [
  ['192.0.2.7:50312', '192.0.2.7'],
  ['::ffff:192.0.2.7:50312', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6:443', '2001:db8:1:2'],
  ['2001:db8:1:2::9:443', '2001:db8:1:2'],
  ['2001:db8::9:443', '2001:db8:0:0'],
  ['::1:443', '0:0:0:0'],
  ['fe80::1%eth0:443', 'fe80:0:0:0'],
  ['memory', 'memory'],
  ['unknown:0', 'unknown'],
] as const) {
  test(`${peer} is in ${network}`, () => {
    assert.equal(networkOf(peer), network);
  });
}
