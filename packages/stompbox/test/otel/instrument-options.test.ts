/** Options that instrument() and instrumentMessaging() refuse. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OptionsError } from 'stompbox';
import { instrument, instrumentMessaging } from 'stompbox/otel';
import { EventSource } from '../metrics/event-source.js';

describe('options that do not fit are refused', () => {
  for (const [options, code, text] of [
    [{ parent: 'yes' }, 'STOMP_OPT_INVALID', /"parent" of instrument\(\) must be true or false/],
    [{ root: true }, 'STOMP_OPT_UNKNOWN', /did you mean "newRoot"/],
    [{ tracerProvider: {} }, 'STOMP_OPT_INVALID', /must be a TracerProvider/],
    [{ meterProvider: null }, 'STOMP_OPT_INVALID', /must be a MeterProvider/],
  ] as const) {
    test(`by instrument: ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => instrument(options as object),
        (error: unknown) =>
          error instanceof OptionsError && error.code === code && text.test(error.message),
      );
    });
  }

  test('by instrumentMessaging', () => {
    assert.throws(
      () => instrumentMessaging(new EventSource(), { meterProvidr: 1 } as object),
      (error: unknown) =>
        error instanceof OptionsError &&
        error.code === 'STOMP_OPT_UNKNOWN' &&
        /instrumentMessaging\(\) does not exist: did you mean "meterProvider"/.test(error.message),
    );
  });
});
