/** The security options are checked at the door. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OptionsError } from '@stompbox/protocol';
import {
  resolveSecurityOptions,
  type SecurityOptions,
} from '../../dist/security/security-options.js';

/** Options as a program without types would give them. */
const untyped = (options: object) => options as SecurityOptions;

describe('security options', () => {
  test('that are left out leave the broker open to its own machine until there are users', () => {
    assert.deepEqual(resolveSecurityOptions(), {
      usersFile: undefined,
      anonymous: undefined,
      isOpenAtFirst: true,
      permissions: undefined,
      temporaryRoles: ['*'],
      certificates: false,
    });
  });

  test('that say who may do what close it', () => {
    for (const options of [
      { permissions: [] },
      { anonymous: false },
      { anonymous: { roles: [] } },
      { usersFile: 'users-of-all-brokers.json' },
    ] as const) {
      assert.equal(resolveSecurityOptions(options).isOpenAtFirst, false);
    }
  });

  test('let clients without a login come from this machine only, unless it is said', () => {
    const { anonymous } = resolveSecurityOptions({ anonymous: { roles: ['guest'] } });
    assert.deepEqual(anonymous, { roles: ['guest'], from: 'loopback' });
  });

  const entry = { destination: '/queue/a', roles: ['r'], may: ['read'] };
  const bad: ReadonlyArray<readonly [what: string, options: object, message: RegExp]> = [
    ['an empty users file', { usersFile: '' }, /security\.usersFile must be a file/],
    [
      'certificates: "yes"',
      { certificates: 'yes' },
      /security\.certificates must be true or false/,
    ],
    ['anonymous: true', { anonymous: true }, /security\.anonymous must be an object/],
    ['anonymous without roles', { anonymous: {} }, /security\.anonymous\.roles must be a list/],
    [
      'anonymous admins',
      { anonymous: { roles: ['admin'] } },
      /security\.anonymous\.roles must be roles that are not admin/,
    ],
    [
      'anonymous with *',
      { anonymous: { roles: ['*'] } },
      /security\.anonymous\.roles\[0\] must be the name of a role/,
    ],
    [
      'anonymous from nowhere',
      { anonymous: { roles: [], from: 'lan' } },
      /security\.anonymous\.from must be loopback or anywhere, not "lan"/,
    ],
    ['permissions by name', { permissions: {} }, /security\.permissions must be a list/],
    [
      'a permission without a kind',
      { permissions: [{ ...entry, destination: 'orders' }] },
      /permissions\[0\]\.destination must be \/queue\/…, \/topic\/… or > .*, not "orders"/,
    ],
    [
      'a permission for a temporary queue',
      { permissions: [entry, { ...entry, destination: '/temp-queue/a' }] },
      /permissions\[1\]\.destination must be/,
    ],
    [
      'a permission for no role',
      { permissions: [{ ...entry, roles: [] }] },
      /permissions\[0\]\.roles must be a list with at least one role/,
    ],
    [
      'a permission to do nothing',
      { permissions: [{ ...entry, may: [] }] },
      /permissions\[0\]\.may must be a list of read, write/,
    ],
    [
      'an unknown verb',
      { permissions: [{ ...entry, may: ['read', 'send'] }] },
      /permissions\[0\]\.may\[1\] must be one of read, write, .*, not "send"/,
    ],
    [
      'temporary destinations for a number',
      { temporaryDestinations: { roles: [5] } },
      /temporaryDestinations\.roles\[0\] must be the name of a role, not 5/,
    ],
  ];
  for (const [what, options, message] of bad) {
    test(`with ${what} are refused`, () => {
      assert.throws(
        () => resolveSecurityOptions(untyped(options)),
        (error) => {
          assert(error instanceof OptionsError);
          assert.equal(error.code, 'STOMP_OPT_INVALID');
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  for (const [name, options] of [
    ['security.user', { user: [] }],
    ['security.anonymous.role', { anonymous: { roles: [], role: 'x' } }],
    ['security.permissions[0].can', { permissions: [{ ...entry, can: [] }] }],
    ['security.temporaryDestinations.may', { temporaryDestinations: { roles: [], may: [] } }],
  ] as const) {
    test(`with an unknown ${name} are refused`, () => {
      assert.throws(() => resolveSecurityOptions(untyped(options)), {
        code: 'STOMP_OPT_UNKNOWN',
        message: new RegExp(`Unknown broker option ${name.replace(/[[\].]/g, '\\$&')};`),
      });
    });
  }
});
