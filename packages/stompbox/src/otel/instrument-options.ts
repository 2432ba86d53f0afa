/** How messages become spans and metrics, checked and complete. */
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import * as v from 'valibot';
import { aBoolean, expected, parseOptions } from '../options.js';

export interface InstrumentOptions {
  /**
   * The span of a message that is handled is a child of the one that sent it. Default false: it links
   * to it. A batch always links, because a span has one parent.
   */
  readonly parent?: boolean | undefined;
  /**
   * A span that links begins a trace of its own. Default true; `false`: it is a child of what was active
   * where the listener was started.
   */
  readonly newRoot?: boolean | undefined;
  /**
   * Also a span for each message that a subscription of the client is given. Default false, because a
   * listener's messages have their span `process`; for programs that subscribe by themselves.
   */
  readonly receive?: boolean | undefined;
  /** Spans for acknowledgements. Default true. */
  readonly settle?: boolean | undefined;
  /**
   * Spans have the texts of errors. Default true; `false`: only their `error.type`, for handlers whose
   * errors quote what they were given.
   */
  readonly errorMessages?: boolean | undefined;
  /** Default: the one that is registered with the API. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Default: the one that is registered with the API. */
  readonly meterProvider?: MeterProvider | undefined;
}

export interface ResolvedInstrument {
  readonly parent: boolean;
  readonly newRoot: boolean;
  readonly receive: boolean;
  readonly settle: boolean;
  readonly errorMessages: boolean;
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
}

export const aMeterProvider = expected<MeterProvider>('a MeterProvider', (value) =>
  hasMethod(value, 'getMeter'),
);

const instrumentOptions = v.strictObject({
  parent: v.optional(aBoolean),
  newRoot: v.optional(aBoolean),
  receive: v.optional(aBoolean),
  settle: v.optional(aBoolean),
  errorMessages: v.optional(aBoolean),
  tracerProvider: v.optional(
    expected<TracerProvider>('a TracerProvider', (value) => hasMethod(value, 'getTracer')),
  ),
  meterProvider: v.optional(aMeterProvider),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveInstrumentOptions(raw: InstrumentOptions): ResolvedInstrument {
  const given = parseOptions(instrumentOptions, raw, {
    describe: (key) => `The option "${key}" of instrument()`,
    aliases: { root: 'newRoot', links: 'parent' },
  });
  return {
    parent: given.parent ?? false,
    newRoot: given.newRoot ?? true,
    receive: given.receive ?? false,
    settle: given.settle ?? true,
    errorMessages: given.errorMessages ?? true,
    tracerProvider: given.tracerProvider,
    meterProvider: given.meterProvider,
  };
}

function hasMethod(value: unknown, name: string): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Readonly<Record<string, unknown>>)[name] === 'function'
  );
}
