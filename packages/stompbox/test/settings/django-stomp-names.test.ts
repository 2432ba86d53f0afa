/** The variables of django-stomp, for those who come from there. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OptionsError, resolveSettings } from 'stompbox';

function settings(env: Record<string, string>) {
  return resolveSettings({}, { env, cwd: import.meta.dirname });
}

describe('the names of django-stomp', () => {
  test('say where the broker is, who we are and how long to drain', () => {
    const resolved = settings({
      STOMP_SERVER_HOST: 'mq.example.com',
      STOMP_SERVER_PORT: '61614',
      STOMP_USE_SSL: 'True',
      STOMP_SERVER_USER: 'app',
      STOMP_SERVER_PASSWORD: 'geheim-4711',
      STOMP_SERVER_VHOST: '/shop',
      STOMP_LISTENER_CLIENT_ID: 'worker-1',
      STOMP_OUTGOING_HEARTBEAT: '5000',
      STOMP_CORRELATION_ID_REQUIRED: 'true',
      STOMP_GRACEFUL_WAIT_SECONDS: '30',
      DEFAULT_STOMP_CA_CERTS: '/etc/ca.pem',
    });
    assert.equal(resolved.url, 'stomp+ssl://mq.example.com:61614');
    assert.equal(resolved.user, 'app');
    assert.equal(resolved.password?.reveal(), 'geheim-4711');
    assert.equal(resolved.virtualHost, '/shop');
    assert.equal(resolved.clientId, 'worker-1');
    assert.equal(resolved.connection.heartBeatMs, 5_000);
    assert.equal(resolved.correlation.required, true);
    assert.equal(resolved.shutdown.drainTimeoutMs, 30_000);
    assert.equal(resolved.tls.caFile, '/etc/ca.pem');
    assert.equal(resolved.origins.url, 'environment STOMP_SERVER_HOST');
    assert.equal(resolved.notes.length, 10);
    assert.ok(
      resolved.notes.includes(
        'STOMP_SERVER_HOST is a name of django-stomp and will go: ' +
          'set MQ_URL=stomp+ssl://mq.example.com instead',
      ),
    );
    assert.doesNotMatch(resolved.notes.join('\n'), /4711/);
  });

  test('with a standby host make a failover url', () => {
    const { url, server } = settings({
      STOMP_SERVER_HOST: 'a',
      STOMP_SERVER_PORT: '61613',
      STOMP_SERVER_STANDBY_HOST: 'b',
      STOMP_SERVER_STANDBY_PORT: '61623',
    });
    assert.equal(url, 'failover:(stomp://a:61613,stomp://b:61623)?randomize=false');
    assert.equal(server, undefined);
  });

  test('come after ours, without a note', () => {
    const { url, user, notes } = settings({
      MQ_URL: 'mq:7000',
      MQ_USER: 'me',
      STOMP_SERVER_HOST: 'other',
      STOMP_SERVER_USER: 'you',
    });
    assert.equal(url, 'stomp://mq:7000');
    assert.equal(user, 'me');
    assert.deepEqual(notes, []);
  });

  test('that mean nothing here are noted with what does', () => {
    const { notes } = settings({ STOMP_PROCESS_MSG_WORKERS: '4' });
    assert.deepEqual(notes, [
      'STOMP_PROCESS_MSG_WORKERS of django-stomp has no effect: ' +
        'set MQ_LISTENER_CONCURRENCY to handle several messages at a time',
    ]);
  });

  test('are not the variables of Kubernetes for a Service named stomp-server', () => {
    const { server, notes } = settings({ STOMP_SERVER_PORT: 'tcp://10.0.0.1:61613' });
    assert.deepEqual(server, { host: '127.0.0.1', port: 61613 });
    assert.deepEqual(notes, []);
  });

  test('are checked as ours are', () => {
    assert.throws(
      () => settings({ STOMP_SERVER_HOST: 'mq', STOMP_GRACEFUL_WAIT_SECONDS: 'long' }),
      (error) =>
        error instanceof OptionsError &&
        /^The setting shutdown\.drainTimeoutMs \(environment STOMP_GRACEFUL_WAIT_SECONDS\) must be .*, not "long"$/.test(
          error.message,
        ),
    );
  });
});
