/**
 * Logins that were verified lately, so that a thousand clients that come back at the same time cost one
 * scrypt. Only a keyed digest is kept, whose key dies with the process: a dump of memory shows no
 * passcode, and no two brokers have the same digests. The user's hash is part of the digest, so a new
 * passcode makes the old entry unreachable at once.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { User } from './user.js';

/** How long a login is good without scrypt, from its last verification on. */
const TIME_TO_LIVE_MS = 5 * 60 * 1000;
const MOST_ENTRIES = 10_000;

export class VerifiedLogins {
  readonly #clock: Clock;
  readonly #key = randomBytes(32);
  /** When each ends, the oldest first. */
  readonly #endMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#endMs.size;
  }

  /** What a login is known by. For a login of nobody, which is never added, the user is left out. */
  digest(login: string, passcode: string, user: User | undefined): string {
    const hmac = createHmac('sha256', this.#key);
    // With their lengths, or one part could end where the other begins.
    for (const text of [login, passcode]) hmac.update(`${Buffer.byteLength(text)}:`).update(text);
    if (user) hmac.update(user.passcode.salt).update(user.passcode.hash);
    return hmac.digest('base64');
  }

  has(digest: string): boolean {
    const end = this.#endMs.get(digest);
    if (end === undefined) return false;
    if (this.#clock.monotonicMs() < end) return true;
    this.#endMs.delete(digest);
    return false;
  }

  add(digest: string): void {
    this.#endMs.delete(digest);
    this.#endMs.set(digest, this.#clock.monotonicMs() + TIME_TO_LIVE_MS);
    if (this.#endMs.size <= MOST_ENTRIES) return;
    for (const oldest of this.#endMs.keys()) {
      this.#endMs.delete(oldest);
      return;
    }
  }
}
