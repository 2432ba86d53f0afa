/** The users file is read strictly, and errors name the place. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreError } from '@stompbox/broker';
import { formatUsers, parseUsers } from '../../dist/security/users-format.js';
import { userWith } from './fake-hasher.js';

const SCRYPT = {
  cost: 32768,
  blockSize: 8,
  parallelization: 3,
  salt: Buffer.alloc(16, 1).toString('base64'),
  hash: Buffer.alloc(32, 2).toString('base64'),
};
const CLERK = { name: 'clerk', roles: ['sales'], scrypt: SCRYPT };

const fileOf = (...users: readonly unknown[]) => ({ format: 'stompbox-users', version: 1, users });
const parse = (file: unknown) => parseUsers(JSON.stringify(file), 'data/users.json');

test('what is written is what is read', async () => {
  const users = new Map([
    ['clerk', await userWith('clerk', 'correct horse', ['sales', 'stock'])],
    ['boss "ü"', await userWith('boss "ü"', 'battery staple')],
  ]);
  assert.deepEqual(parseUsers(formatUsers(users), 'x'), users);
  assert.equal(parse(fileOf(CLERK)).size, 1);
});

describe('a users file', () => {
  const bad: ReadonlyArray<readonly [what: string, file: unknown, reason: string]> = [
    ['that is a list', [], 'the file must be an object'],
    ['of another kind', { ...fileOf(), format: 'x' }, 'format must be "stompbox-users"'],
    ['of a later version', { ...fileOf(), version: 2 }, 'version must be 1; another version'],
    ['without users', { format: 'stompbox-users', version: 1 }, 'must have the field users'],
    ['with more fields', { ...fileOf(), Users: [] }, 'must not have the field Users'],
    ['with users by name', { ...fileOf(), users: { clerk: CLERK } }, 'users must be a list'],
    ['with a text as user', fileOf('clerk'), 'users[0] must be an object'],
    ['with the same user twice', fileOf(CLERK, CLERK), 'users[1].name is there twice'],
    ['with a number as name', fileOf({ ...CLERK, name: 1 }), 'users[0].name must be a text'],
    ['with one role', fileOf({ ...CLERK, roles: 'x' }), 'users[0].roles must be a list'],
    ['with the role *', fileOf({ ...CLERK, roles: ['*'] }), 'users[0].roles[0] must not be *'],
    ['with a passcode', fileOf({ ...CLERK, passcode: 'x' }), 'must not have the field passcode'],
  ];
  const hashes: ReadonlyArray<readonly [what: string, change: object, reason: string]> = [
    ['a weak cost', { cost: 2 ** 13 }, 'cost must be a whole number from 16384 to 1048576'],
    ['an odd cost', { cost: 20_000 }, 'cost must be a power of two'],
    ['too much memory', { cost: 2 ** 20, blockSize: 64 }, 'scrypt must not take more than'],
    ['endless work', { parallelization: 1000 }, 'parallelization must be a whole number'],
    ['a small block', { blockSize: 1 }, 'blockSize must be a whole number from 8'],
    ['a short salt', { salt: 'AAAA' }, 'salt must be 16 to 64 bytes in base64'],
    ['a hash that is cut', { hash: SCRYPT.hash.slice(0, -3) }, 'hash must be 16 to 64 bytes'],
    ['a hash that is no text', { hash: 5 }, 'hash must be 16 to 64 bytes'],
  ];
  const cases = [
    ...bad,
    ...hashes.map(
      ([what, change, reason]) =>
        [`with ${what}`, fileOf({ ...CLERK, scrypt: { ...SCRYPT, ...change } }), reason] as const,
    ),
  ];
  for (const [what, file, reason] of cases) {
    test(`${what} is refused`, () => {
      assert.throws(
        () => parse(file),
        (error) => {
          assert(error instanceof StoreError);
          assert.equal(error.code, 'STOMP_STORE_USERS_FORMAT');
          assert.ok(error.message.includes(reason), error.message);
          assert.match(error.message, /^The users file data\/users\.json cannot be used .*correct/);
          return true;
        },
      );
    });
  }

  test('that is not JSON is refused, and the error quotes nothing of it', () => {
    assert.throws(
      () => parseUsers('{"hash":"c2VjcmV0', 'x'),
      (error) => {
        assert(error instanceof StoreError);
        assert.match(error.message, /it is not JSON/);
        assert.ok(!error.message.includes('c2Vj'));
        assert.equal(error.cause, undefined);
        return true;
      },
    );
  });
});
