/**
 * The header Idempotency-Key, after the IETF draft "The Idempotency-Key HTTP Header Field": the same key
 * with the same request gets the same answer; with another request 422; while the first one is in
 * progress 409. What was not sent, or may not have been, frees the key again.
 */
import { problem } from './problem.js';
import { codeOf } from './problem-of-error.js';
import type { ResolvedRest } from './rest-options.js';
import type { RestResponse } from './rest-response.js';

const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;
const USABLE_KEY = /^[\x20-\x7e]{1,255}$/;

export type KeyHeader = { readonly key: string | undefined } | { readonly refusal: RestResponse };

/** The draft has the key as a quoted string; most callers send it bare, and both mean the same. */
export function readIdempotencyKey(header: string | undefined): KeyHeader {
  if (header === undefined) return { key: undefined };
  const text = header.trim();
  const key = QUOTED.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? text;
  if (USABLE_KEY.test(key)) return { key };
  const detail = 'Idempotency-Key must be 1 to 255 printable ASCII characters, for example a UUID.';
  return { refusal: problem('bad-request', { detail }) };
}

/** An answer, and whether the same request must not be carried out again after it. */
export interface Delivered {
  readonly answer: RestResponse;
  readonly isFinal: boolean;
}

/** A request that names itself. */
export interface KeyedRequest {
  /** Unique per caller, destination and Idempotency-Key. */
  readonly key: string;
  readonly fingerprint: string;
  /** Longer than the request can take. */
  readonly claimMs: number;
}

type Parts = Pick<ResolvedRest, 'answers' | 'logger' | 'retryAfterS'>;

/** Carries the request out unless that was done before. */
export async function answerOnce(
  { key, fingerprint, claimMs }: KeyedRequest,
  parts: Parts,
  deliver: () => Promise<Delivered>,
): Promise<RestResponse> {
  const kept = await parts.answers.begin(key, fingerprint, claimMs);
  if (kept.state !== 'new') {
    if (kept.fingerprint !== fingerprint) return reused();
    return kept.state === 'done' ? kept.answer : inProgress(parts.retryAfterS);
  }
  let delivered: Delivered;
  try {
    delivered = await deliver();
  } catch (error) {
    await settle(parts, () => parts.answers.forget(key));
    throw error;
  }
  const { answer, isFinal } = delivered;
  await settle(parts, () =>
    isFinal ? parts.answers.finish(key, fingerprint, answer) : parts.answers.forget(key),
  );
  return answer;
}

/** What was sent stays sent, whatever becomes of the record: the claim ends by itself. */
async function settle({ logger }: Parts, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    logger.error(
      `the answer to an Idempotency-Key could not be kept: ${why} ${codeOf(error)}`.trim(),
    );
  }
}

function reused(): RestResponse {
  const detail = 'Use a new Idempotency-Key for each new request, and repeat a request unchanged.';
  return problem('key-reused', { detail });
}

function inProgress(retryAfterS: number): RestResponse {
  const detail =
    'The first request with this Idempotency-Key is not answered yet. Repeat it later.';
  return problem('key-in-progress', { detail, headers: { 'retry-after': String(retryAfterS) } });
}

/** A text of fixed length that stands for these parts and no others. */
export async function digest(...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const encoder = new TextEncoder();
  const hashes: string[] = [];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? encoder.encode(part) : new Uint8Array(part);
    hashes.push(hexOf(await crypto.subtle.digest('SHA-256', bytes)));
  }
  return hexOf(await crypto.subtle.digest('SHA-256', encoder.encode(hashes.join())));
}

function hexOf(hash: ArrayBuffer): string {
  return Buffer.from(hash).toString('hex');
}
