/** Losing the connection of a scene, and getting it back. */
import type { Scene } from './scene.js';
import { until } from './scripted-broker.js';

/** Loses the connection and waits until that is noticed. */
export async function lose({ broker, connection }: Scene): Promise<void> {
  broker.session.drop();
  await until(() => connection.state !== 'connected', 'the loss is noticed');
}

/** Lets the pause pass and waits for the connection. */
export async function recover({ clock, connection }: Scene, pauseMs = 100): Promise<void> {
  await clock.advance(pauseMs);
  await until(() => connection.state === 'connected', 'it is back');
}
