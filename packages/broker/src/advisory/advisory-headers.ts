/**
 * The headers that all advisories have. `priority`, `timestamp` and `expires` are always 0, as in
 * ActiveMQ.
 */
import { ADVISORY_JSON } from './advisory-body.js';

export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>;

/** The broker, as its advisories name it. */
export interface AdvisoryOrigin {
  readonly brokerId: string;
  readonly brokerName: string;
  /** Of the first connector; empty while it listens nowhere. */
  readonly url: string;
}

export function advisoryHeaders(origin: AdvisoryOrigin, more: HeaderList): HeaderList {
  return [
    ['type', 'Advisory'],
    ['priority', '0'],
    ['timestamp', '0'],
    ['expires', '0'],
    ['originBrokerId', origin.brokerId],
    ['originBrokerName', origin.brokerName],
    ['originBrokerURL', origin.url],
    ...more,
  ];
}

/** Of an advisory whose body is one of ActiveMQ's commands. */
export function commandHeaders(origin: AdvisoryOrigin, more: HeaderList): HeaderList {
  return advisoryHeaders(origin, [['transformation', ADVISORY_JSON], ...more]);
}
