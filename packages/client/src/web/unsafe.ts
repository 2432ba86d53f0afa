/**
 * What stands for profile/unsafe.ts in browsers: only the danger that loses messages is refused. The
 * others are refused by the build for Node, which developers run as well.
 */
import { OptionsError } from '@stompbox/protocol';
import type { BrokerProfile } from '../profile/broker-profile.js';
import type { UnsafeOptions } from '../profile/unsafe.js';

/** @throws OptionsError `STOMP_OPT_UNSAFE` */
export function assertSafeNack(
  { nack, title }: BrokerProfile,
  { allowUnsafe = [] }: UnsafeOptions,
): void {
  if (nack !== 'discards' || allowUnsafe.includes('nack-discards')) return;
  throw new OptionsError('STOMP_OPT_UNSAFE', `nack-discards: ${title}`);
}

export function assertSafeSubscribe(): void {}
export function assertSafeInTransaction(): void {}
export function assertSafeDurableDeletion(): void {}
export function assertSafeDedup(): void {}
