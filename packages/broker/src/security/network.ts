/**
 * The part of a peer's address that one host or customer has to itself: all of an IPv4 address, the
 * first half of an IPv6 address, for whoever has one of those has 2^64.
 */
import { isIPv6 } from 'node:net';

/** @param peer as `Transport.peer`: address and port, or the name of a pipe */
export function networkOf(peer: string): string {
  const colon = peer.lastIndexOf(':');
  const address = colon === -1 ? peer : peer.slice(0, colon);
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [before = '', after] = address.split('::', 2);
  const groups = before === '' ? [] : before.split(':');
  const omitted = after === undefined ? 0 : 8 - groups.length - groupCount(after);
  const whole = [...groups, ...Array<string>(omitted).fill('0'), ...(after ?? '').split(':')];
  return whole.slice(0, 4).join(':');
}

function groupCount(text: string): number {
  return text === '' ? 0 : text.split(':').length;
}
