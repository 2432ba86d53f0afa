/** What a principal may do where. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Permission, Principal, Verb } from '@stompbox/broker';
import { type Destination, ProtocolError, parseDestination } from '@stompbox/protocol';
import fc from 'fast-check';
import { parsePattern } from '../../dist/destination-pattern.js';
import { Logins } from '../../dist/security/logins.js';
import { VERBS } from '../../dist/security/permissions.js';
import {
  resolveSecurityOptions,
  type SecurityOptions,
} from '../../dist/security/security-options.js';
import { FakeClock } from '../fake-clock.js';
import { FakeHasher, FakeUsers, userWith } from './fake-hasher.js';

const LASTING: readonly Verb[] = VERBS.filter((verb) => verb !== 'manage');
const PASSCODE = 'correct horse';

/** A principal as a login gives it; without roles: as a client without a login gets it. */
async function principalOf(
  roles: readonly string[] | undefined,
  options: SecurityOptions = {},
): Promise<Principal> {
  const security = resolveSecurityOptions(options);
  const users = new FakeUsers([await userWith('clerk', PASSCODE, roles)]);
  const hasher = new FakeHasher();
  const logins = new Logins({ security, users, clock: new FakeClock(), hasher });
  const login =
    roles === undefined
      ? { login: undefined, passcode: undefined }
      : { login: 'clerk', passcode: PASSCODE };
  return await logins.verify({ ...login, peer: '127.0.0.1:1', isLocal: true });
}

const at = (text: string): Destination => parseDestination(text);

/** `verb destination` of what is allowed, of these. */
function allowed(principal: Principal, verbs: readonly Verb[], destinations: readonly string[]) {
  return destinations.flatMap((text) =>
    verbs.filter((verb) => principal.may(verb, at(text))).map((verb) => `${verb} ${text}`),
  );
}

describe('without permissions', () => {
  test('a user may do everything but manage', async () => {
    const principal = await principalOf([]);
    for (const text of ['/queue/a', '/topic/a.b', '/temp-queue/1', '/temp-topic/1']) {
      assert.deepEqual(
        VERBS.filter((verb) => principal.may(verb, at(text))),
        LASTING,
      );
    }
    assert.ok(!principal.isAdmin);
  });

  test('an admin may do everything', async () => {
    const principal = await principalOf(['admin']);
    for (const verb of VERBS) assert.ok(principal.may(verb, at('/queue/a')), verb);
    principal.requireAdmin();
  });

  test('a client without a login that is let in may do what a user may', async () => {
    const principal = await principalOf(undefined, { anonymous: { roles: [] } });
    assert.ok(principal.may('read', at('/queue/a')));
    assert.ok(principal.may('create', at('/temp-queue/a')));
    assert.ok(!principal.may('manage', at('/queue/a')));
  });
});

describe('with permissions', () => {
  const permissions: readonly Permission[] = [
    { destination: '/queue/orders.>', roles: ['sales', 'stock'], may: ['read', 'write'] },
    { destination: '/queue/orders.*.urgent', roles: ['sales'], may: ['create', 'browse'] },
    { destination: '/topic/news.>', roles: ['*'], may: ['read'] },
    { destination: '>', roles: ['audit'], may: ['browse'] },
  ];

  test('what any matching entry gives is given, and nothing else', async () => {
    const principal = await principalOf(['sales'], { permissions });
    const destinations = ['/queue/orders', '/queue/orders.eu.urgent', '/topic/orders.eu'];
    assert.deepEqual(allowed(principal, VERBS, destinations), [
      'read /queue/orders',
      'write /queue/orders',
      'read /queue/orders.eu.urgent',
      'write /queue/orders.eu.urgent',
      'create /queue/orders.eu.urgent',
      'browse /queue/orders.eu.urgent',
    ]);
  });

  test('* is every user, also one without roles, but no client without a login', async () => {
    const user = await principalOf([], { permissions });
    assert.deepEqual(allowed(user, VERBS, ['/topic/news', '/queue/news']), ['read /topic/news']);
    const stranger = await principalOf(undefined, { permissions, anonymous: { roles: ['x'] } });
    assert.deepEqual(allowed(stranger, VERBS, ['/topic/news']), []);
  });

  test('> is all queues and topics', async () => {
    const principal = await principalOf(['audit'], { permissions });
    assert.deepEqual(allowed(principal, ['browse', 'delete'], ['/queue/a', '/topic/a.b']), [
      'browse /queue/a',
      'browse /topic/a.b',
    ]);
  });

  test('an admin needs none', async () => {
    const principal = await principalOf(['admin'], { permissions });
    for (const verb of VERBS) assert.ok(principal.may(verb, at('/queue/other')), verb);
    assert.ok(principal.mayAny('read', at('/queue/>')));
  });

  test('manage can be given for single destinations, not for the broker', async () => {
    const principal = await principalOf(['ops'], {
      permissions: [{ destination: '/queue/a', roles: ['ops'], may: ['manage'] }],
    });
    assert.deepEqual(allowed(principal, ['manage'], ['/queue/a', '/queue/b']), ['manage /queue/a']);
    assert.throws(() => principal.requireAdmin(), {
      code: 'STOMP_PROTO_NOT_ALLOWED',
      message: /^User clerk may not manage this broker: .*\(its roles: ops\)$/,
    });
  });

  test('the name of a destination is taken as it is, whatever wildcards it looks like', async () => {
    const principal = await principalOf(['sales'], { permissions });
    assert.ok(!principal.may('write', at('/queue/*')));
    assert.ok(!principal.may('write', at('/queue/>')));
    assert.ok(principal.may('write', at('/queue/orders.*')));
  });

  test('a wildcard is allowed where it can match what is', async () => {
    const principal = await principalOf(['sales'], { permissions });
    for (const text of ['/queue/>', '/queue/*.eu', '/queue/orders.eu.>', '/topic/*']) {
      assert.ok(principal.mayAny('read', at(text)), text);
    }
    for (const text of ['/queue/bills.>', '/topic/orders.>', '/queue/*s.eu']) {
      assert.ok(!principal.mayAny('read', at(text)), text);
    }
    assert.throws(() => principal.requireAny('read', at('/queue/bills.>')), {
      code: 'STOMP_PROTO_NOT_ALLOWED',
      message: /^User clerk may not read from anything that \/queue\/bills\.> matches: /,
    });
    principal.requireAny('read', at('/queue/>'));
  });

  test('a wildcard is refused exactly when nothing that it matches is allowed', async () => {
    const element = fc.constantFrom('a', 'b', '*');
    const names = fc.array(element, { minLength: 1, maxLength: 3 }).map((all) => all.join('.'));
    const patterns = fc.tuple(names, fc.constantFrom('', '.>')).map((parts) => parts.join(''));
    const concrete = ['a', 'b', 'c'].flatMap((one) => [
      one,
      ...['a', 'b', 'c'].flatMap((two) => [
        `${one}.${two}`,
        ...['a', 'b', 'c'].flatMap((three) => [`${one}.${two}.${three}`]),
      ]),
    ]);
    await fc.assert(
      fc.asyncProperty(patterns, patterns, async (given, asked) => {
        const principal = await principalOf(['r'], {
          permissions: [{ destination: `/queue/${given}`, roles: ['r'], may: ['read'] }],
        });
        const { matches } = parsePattern(asked);
        const some = concrete.some((n) => matches(n) && principal.may('read', at(`/queue/${n}`)));
        assert.equal(principal.mayAny('read', at(`/queue/${asked}`)), some);
      }),
      { numRuns: 200 },
    );
  });
});

describe('temporary destinations', () => {
  const permissions: readonly Permission[] = [];

  test('may be used by every user, whatever the permissions', async () => {
    const principal = await principalOf([], { permissions });
    assert.deepEqual(
      VERBS.filter((verb) => principal.may(verb, at('/temp-queue/a'))),
      LASTING,
    );
    const stranger = await principalOf(undefined, { permissions, anonymous: { roles: ['x'] } });
    assert.ok(!stranger.may('write', at('/temp-queue/a')));
  });

  test('may be kept to some roles', async () => {
    const options = { permissions, temporaryDestinations: { roles: ['rpc'] } };
    assert.ok((await principalOf(['rpc'], options)).may('create', at('/temp-topic/a')));
    assert.ok(!(await principalOf(['other'], options)).may('create', at('/temp-topic/a')));
    const anonymous = { roles: ['rpc'] };
    const stranger = await principalOf(undefined, { ...options, anonymous });
    assert.ok(stranger.mayAny('read', at('/temp-queue/a')));
  });
});

describe('a refusal', () => {
  const permissions: readonly Permission[] = [];
  const says: ReadonlyArray<readonly [verb: Verb, text: string]> = [
    ['read', 'read from /queue/x'],
    ['write', 'write to /queue/x'],
    ['create', 'create /queue/x'],
    ['browse', 'browse /queue/x'],
    ['delete', 'delete /queue/x'],
    ['manage', 'manage /queue/x'],
  ];
  for (const [verb, text] of says) {
    test(`says who may not ${text}`, async () => {
      const principal = await principalOf(['sales', 'stock'], { permissions });
      assert.throws(
        () => principal.require(verb, at('/queue/x')),
        (error) => {
          assert(error instanceof ProtocolError);
          assert.equal(error.code, 'STOMP_PROTO_NOT_ALLOWED');
          assert.equal(
            error.message,
            `User clerk may not ${text}: ask for a role that has the permission (its roles: sales, stock)`,
          );
          return true;
        },
      );
    });
  }

  test('says it of who has no roles, and of who has no login', async () => {
    const user = await principalOf([], { permissions });
    assert.throws(() => user.require('read', at('/topic/x')), /^[^(]*\(it has no roles\)$/m);
    const stranger = await principalOf(undefined, { permissions, anonymous: { roles: ['x'] } });
    assert.throws(() => stranger.require('write', at('/topic/x')), {
      message: /^A client without a login may not write to \/topic\/x: /,
    });
  });

  test('does not come where it is allowed', async () => {
    const principal = await principalOf(['admin'], { permissions });
    assert.equal(principal.require('delete', at('/queue/x')), undefined);
  });
});
