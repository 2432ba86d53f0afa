/** The prices: here a list in memory; in real life somebody else's service, which fails now and then. */
export interface PriceService {
  /**
   * @returns cents; undefined when there is no such article
   * @throws PriceServiceError when it cannot answer now
   */
  priceOf(article: string, signal: AbortSignal): Promise<number | undefined>;
}

export class PriceServiceError extends Error {
  override readonly name = 'PriceServiceError';
}

const PRICES: Readonly<Record<string, number>> = { tea: 450, coffee: 620, cup: 990 };

/** @param failures so many questions fail before the first answer, to show what follows from it */
export function priceList(failures = 0): PriceService {
  let failuresLeft = failures;
  return {
    async priceOf(article, signal) {
      signal.throwIfAborted();
      if (failuresLeft > 0) {
        failuresLeft -= 1;
        throw new PriceServiceError('The price service does not answer');
      }
      return Object.hasOwn(PRICES, article) ? PRICES[article] : undefined;
    },
  };
}
