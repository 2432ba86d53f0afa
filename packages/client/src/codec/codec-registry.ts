/**
 * Chooses the codec of a content type. The application's come first, in the order in which they
 * were given, so that they may replace a built-in one; it never changes afterwards.
 */
import { OptionsError } from '@stompbox/protocol';
import { checkHeaderText, invalidOption } from '../option-checks.js';
import { bytesCodec, jsonCodec, textCodec } from './built-in-codecs.js';
import { type Codec, checkCodec } from './codec.js';
import { matchesMediaType, parseMediaType } from './media-type.js';

interface Entry {
  readonly codec: Codec<unknown>;
  readonly accepts: (mediaType: string) => boolean;
}

export class CodecRegistry {
  readonly #entries: readonly Entry[];

  /**
   * @param codecs of whatever type each: which values one takes, only the application knows, which
   *   chooses it by its content type
   * @throws OptionsError `STOMP_OPT_INVALID` something is no codec
   */
  constructor(codecs: readonly Codec<unknown>[] = []) {
    if (!Array.isArray(codecs)) throw invalidOption('codecs', 'a list of codecs');
    this.#entries = [...codecs, jsonCodec, textCodec, bytesCodec].map(entryOf);
  }

  /**
   * The first codec that understands this content type; parameters do not count.
   * @throws OptionsError `STOMP_OPT_NO_CODEC`
   */
  for(contentType: string): Codec<unknown> {
    const { name } = parseMediaType(contentType);
    const entry = this.#entries.find(({ accepts }) => accepts(name));
    if (entry) return entry.codec;
    const known = this.#entries.map(({ codec }) => codec.contentType).join(', ');
    throw new OptionsError(
      'STOMP_OPT_NO_CODEC',
      `There is no codec for the content type "${contentType}" (there are ${known}): add one with ` +
        'the option codecs of connect, or take the bytes of the body',
    );
  }
}

function entryOf(codec: Codec<unknown>): Entry {
  return { codec: checkCodec(codec, 'codecs[]'), accepts: matcherOf(codec) };
}

function matcherOf({ accepts, contentType }: Codec<unknown>): (mediaType: string) => boolean {
  if (typeof accepts === 'function') return accepts;
  const patterns = accepts === undefined ? [contentType] : [accepts].flat();
  for (const pattern of patterns) checkHeaderText('codecs[].accepts', pattern);
  return (mediaType) => patterns.some((pattern) => matchesMediaType(pattern, mediaType));
}
