/** The real broker that scripts/peer-tests.mjs has started for the tests, or that MQ_URL names. */
import assert from 'node:assert/strict';

export interface PeerBroker {
  readonly url: string;
  restart(): Promise<void>;
  /** It serves other tests, too. */
  stop(): Promise<void>;
}

/** Why tests that restart the broker cannot run; undefined when they can. */
export const whyNoPeerRestart =
  process.env['MQ_CONTROL_URL'] === undefined
    ? 'the broker of MQ_URL is not ours to restart'
    : undefined;

export function peerBroker(): Promise<PeerBroker> {
  const url = process.env['MQ_URL'];
  assert.ok(url, 'set MQ_URL to the broker to test against');
  return Promise.resolve({
    url,
    restart: () => controlPeer('restart'),
    stop: () => Promise.resolve(),
  });
}

/** `crash` and `kill` are SIGKILL; `restart` and `crash` end when the broker is back. */
export async function controlPeer(
  action: 'restart' | 'crash' | 'down' | 'kill' | 'up',
): Promise<void> {
  const control = process.env['MQ_CONTROL_URL'];
  assert.ok(control, whyNoPeerRestart);
  const response = await fetch(`${control}/${action}`, { method: 'POST' });
  assert.equal(response.status, 204, await response.text());
}
