import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ShutdownPorts, shutdownSignal } from 'stompbox';

class FakeProcess implements ShutdownPorts {
  readonly exits: number[] = [];
  timeMs = 0;
  #callback: (signal: 'SIGINT' | 'SIGTERM') => void = () => undefined;

  onSignal(callback: (signal: 'SIGINT' | 'SIGTERM') => void): void {
    this.#callback = callback;
  }
  now(): number {
    return this.timeMs;
  }
  exit(code: number): void {
    this.exits.push(code);
  }
  signal(name: 'SIGINT' | 'SIGTERM'): void {
    this.#callback(name);
  }
}

describe('the shutdown signal', () => {
  test('resolves at the first signal and does not end the process', async () => {
    const fake = new FakeProcess();
    const waiting = shutdownSignal(fake);
    fake.signal('SIGTERM');
    assert.equal(await waiting, 'SIGTERM');
    assert.deepEqual(fake.exits, []);
  });

  test('one Ctrl-C that arrives twice, because npm passes it on, counts once', async () => {
    const fake = new FakeProcess();
    const waiting = shutdownSignal(fake);
    fake.signal('SIGINT');
    fake.timeMs = 499;
    fake.signal('SIGINT');
    assert.equal(await waiting, 'SIGINT');
    assert.deepEqual(fake.exits, []);
  });

  test('a second signal ends the process at once with 130', async () => {
    const fake = new FakeProcess();
    const waiting = shutdownSignal(fake);
    fake.signal('SIGINT');
    fake.timeMs = 500;
    fake.signal('SIGTERM');
    await waiting;
    assert.deepEqual(fake.exits, [130]);
  });
});
