/** Options of uploads and downloads, checked once at the door. */
import { type Clock, systemClock } from '../clock.js';
import {
  checkAttempts,
  checkFunction,
  checkKeys,
  checkObject,
  checkSignal,
  checkText,
  checkTimeout,
  checkWhole,
  invalidOption,
} from '../option-checks.js';
import type { BlobSender } from './blob-exchange.js';

export interface BlobProgress {
  /** Bytes that the other side has confirmed, or that have come. */
  readonly bytes: number;
  /** `undefined` while nobody knows. */
  readonly totalBytes: number | undefined;
}

/** What uploads and downloads have in common. */
export interface TransferOptions {
  /** Called whenever there is more; must not throw. */
  readonly onProgress?: (progress: BlobProgress) => void;
  /** Gives the transfer up; it fails with the signal's reason. */
  readonly signal?: AbortSignal;
  /** A request that makes no progress for so long is repeated, in ms. Default 60,000. */
  readonly idleTimeoutMs?: number;
  /** Attempts without any progress before it fails; `Infinity` for no limit. Default 10. */
  readonly maxAttempts?: number;
  /** Default the system's. */
  readonly clock?: Clock;
  /** A number from 0 up to 1, for the length of pauses. Default `Math.random`. */
  readonly random?: () => number;
}

export interface UploadOptions extends TransferOptions {
  /** Where the broker takes blobs, for example `http://localhost:8161/blobs`. */
  readonly url: string;
  readonly login?: string;
  readonly passcode?: string;
  /** The digest that the bytes must have, `sha256:<hex>`, if you know it. */
  readonly digest?: string;
  /** Bytes per request, all of which are kept in memory until confirmed. Default 8 MiB. */
  readonly chunkBytes?: number;
}

export type DownloadOptions = TransferOptions;

export interface ResolvedTransfer extends BlobSender {
  readonly onProgress: (progress: BlobProgress) => void;
}

export interface ResolvedUpload extends ResolvedTransfer {
  /** Without a slash at its end. */
  readonly url: string;
  readonly digest: string | undefined;
  readonly chunkBytes: number;
}

const TRANSFER_KEYS = [
  'onProgress',
  'signal',
  'idleTimeoutMs',
  'maxAttempts',
  'clock',
  'random',
] as const;
export const UPLOAD_KEYS = [
  ...TRANSFER_KEYS,
  'url',
  'login',
  'passcode',
  'digest',
  'chunkBytes',
] as const;

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const DEFAULT_CHUNK_BYTES = 8 * 1024 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024 * 1024;

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveUpload(raw: UploadOptions): ResolvedUpload {
  checkKeys('upload', checkObject('options', raw), new Set(UPLOAD_KEYS));
  const { chunkBytes = DEFAULT_CHUNK_BYTES, digest, login, passcode } = raw;
  return {
    ...transferOf(raw),
    url: checkBlobUrl('url', raw.url).replace(/\/+$/, ''),
    authorization:
      login === undefined
        ? undefined
        : basicAuthorization(checkText('login', login), passcode ?? ''),
    digest: digest === undefined ? undefined : checkDigest('digest', digest),
    chunkBytes: checkWhole('chunkBytes', chunkBytes, 1, MAX_CHUNK_BYTES),
  };
}

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveDownload(raw: DownloadOptions): ResolvedTransfer {
  checkKeys('download', checkObject('options', raw), new Set(TRANSFER_KEYS));
  return { ...transferOf(raw), authorization: undefined };
}

/** Credentials in a URL would end up in logs, and `fetch` refuses them. */
export function checkBlobUrl(name: string, text: string): string {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url !== undefined && isWeb && url.username === '' && url.password === '') return text;
  throw invalidOption(name, 'an http(s) URL without login and passcode');
}

export function checkDigest(name: string, digest: string): string {
  if (typeof digest === 'string' && DIGEST.test(digest)) return digest;
  throw invalidOption(name, '"sha256:" and 64 hexadecimal digits in lower case');
}

function transferOf(raw: TransferOptions): Omit<ResolvedTransfer, 'authorization'> {
  const { onProgress = () => {}, signal, idleTimeoutMs = 60_000, maxAttempts = 10 } = raw;
  return {
    onProgress: checkFunction('onProgress', onProgress),
    signal: signal === undefined ? undefined : checkSignal('signal', signal),
    idleTimeoutMs: checkTimeout('idleTimeoutMs', idleTimeoutMs),
    maxAttempts: checkAttempts('maxAttempts', maxAttempts),
    clock: checkObject('clock', raw.clock ?? systemClock),
    random: checkFunction('random', raw.random ?? Math.random),
  };
}

function basicAuthorization(login: string, passcode: string): string {
  const bytes = new TextEncoder().encode(`${login}:${passcode}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}
