/** Options of a broker from a file, for a program that starts one itself. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type BrokerOptions, OptionsError, readBrokerOptions, resolveSettings } from 'stompbox';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('readBrokerOptions', () => {
  test('gives none where there is no configuration, or none of a broker', (t) => {
    assert.deepEqual(readBrokerOptions({ cwd: temporaryFolder(t) }), {});
    const cwd = temporaryFolder(t, { 'stompbox.config.mjs': 'export default { queue: "a" };' });
    assert.deepEqual(readBrokerOptions({ cwd }), {});
  });

  test('makes every path absolute, from the folder of the file', (t) => {
    const cwd = temporaryFolder(t, {
      'mq.json': '{ "data": "./data", "security": { "usersFile": "../users.json" } }',
    });
    assert.deepEqual(readBrokerOptions({ file: 'mq.json', cwd }), {
      data: join(cwd, 'data'),
      security: { usersFile: join(cwd, '..', 'users.json') },
    } satisfies BrokerOptions);
  });

  test('leaves absolute paths, and does not change what the file exports', (t) => {
    const cwd = temporaryFolder(t, {
      'mq.mjs': `const options = Object.freeze({ data: '/var/lib/mq', dedup: { maxIds: 5 } });
        export default options;`,
    });
    const options = readBrokerOptions({ file: join(cwd, 'mq.mjs') });
    assert.deepEqual(options, { data: '/var/lib/mq', dedup: { maxIds: 5 } });
  });

  test('keeps the error of the broker as cause', (t) => {
    const cwd = temporaryFolder(t, { 'mq.json': '{ "memory": 1 }' });
    assert.throws(
      () => readBrokerOptions({ file: 'mq.json', cwd }),
      (error) => error instanceof OptionsError && error.cause instanceof OptionsError,
    );
  });
});

describe('the section broker in a configuration', () => {
  test('does not concern programs that only connect', (t) => {
    const cwd = temporaryFolder(t, {
      'stompbox.config.mjs': 'export default { queue: "a", broker: { data: 7 } };',
    });
    assert.equal(resolveSettings({}, { env: {}, cwd }).queue, '/queue/a');
  });

  test('is no setting of a program', (t) => {
    const input: object = { broker: {} };
    assert.throws(
      () => resolveSettings(input, { env: {}, cwd: temporaryFolder(t) }),
      /The setting broker \(argument\) does not exist/,
    );
  });
});
