/** Turns values into bodies and back, for one kind of content. */
import type { FrameHeaders } from '@stompbox/protocol';
import { checkFunction, checkHeaderText, checkObject } from '../option-checks.js';

/**
 * @typeParam T what the application holds, for example `Order`
 */
export interface Codec<T> {
  /**
   * The `content-type` that `encode` writes: a media type, perhaps with parameters. It is also what
   * `decode` understands, unless `accepts` says otherwise; parameters do not count.
   */
  readonly contentType: string;
  /**
   * Which media types `decode` understands: `application/json`, `application/*+json`, `text/*`, a
   * list of those, or a function of the media type in small letters, without parameters.
   */
  readonly accepts?: string | readonly string[] | ((mediaType: string) => boolean);
  /**
   * A text travels without content-length, which makes it a TextMessage at ActiveMQ; bytes travel
   * as they are. Pure: the same value may be encoded twice.
   */
  encode(value: T): string | Uint8Array;
  /** Must not keep `body`: it is a view of memory that is used again. */
  decode(body: Uint8Array, headers: FrameHeaders): T;
}

/** @throws OptionsError `STOMP_OPT_INVALID` that names the option */
export function checkCodec<T>(codec: Codec<T>, option = 'codec'): Codec<T> {
  checkObject(option, codec);
  checkHeaderText(`${option}.contentType`, codec.contentType);
  checkFunction(`${option}.encode`, codec.encode);
  checkFunction(`${option}.decode`, codec.decode);
  return codec;
}
