/**
 * SHA-256 (FIPS 180-4) chunk by chunk, for browsers: WebCrypto digests only what is in memory as a
 * whole. Where Node's own is at hand, that one is used.
 */
const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;

/** The first 64 primes; their roots are the constants of the algorithm. */
const PRIMES = firstPrimes(64);
const ROUND_CONSTANTS = Uint32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const INITIAL = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

export class PortableSha256 {
  readonly #state = INITIAL.slice();
  readonly #words = new Uint32Array(BLOCK_BYTES);
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #blockBytes = 0;
  #bytes = 0;

  update(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    let offset = 0;
    while (offset < chunk.length) {
      const taken = Math.min(BLOCK_BYTES - this.#blockBytes, chunk.length - offset);
      this.#block.set(chunk.subarray(offset, offset + taken), this.#blockBytes);
      this.#blockBytes += taken;
      offset += taken;
      if (this.#blockBytes === BLOCK_BYTES) this.#endBlock();
    }
  }

  /** The digest as hex; the end of its use. */
  digest(): string {
    const bits = this.#bytes * 8;
    this.update(Uint8Array.of(0x80));
    while (this.#blockBytes !== BLOCK_BYTES - LENGTH_BYTES) this.update(Uint8Array.of(0));
    const view = new DataView(this.#block.buffer);
    view.setUint32(BLOCK_BYTES - LENGTH_BYTES, Math.floor(bits / 2 ** 32));
    view.setUint32(BLOCK_BYTES - 4, bits % 2 ** 32);
    this.#endBlock();
    return [...this.#state].map((word) => word.toString(16).padStart(8, '0')).join('');
  }

  #endBlock(): void {
    this.#blockBytes = 0;
    compress(this.#state, this.#words, new DataView(this.#block.buffer));
  }
}

/** FIPS 180-4, 6.2.2, with its names. */
function compress(state: Uint32Array, w: Uint32Array, block: DataView): void {
  for (let t = 0; t < 16; t++) w[t] = block.getUint32(t * 4);
  for (let t = 16; t < 64; t++) {
    const before15 = at(w, t - 15);
    const before2 = at(w, t - 2);
    const s0 = rotate(before15, 7) ^ rotate(before15, 18) ^ (before15 >>> 3);
    const s1 = rotate(before2, 17) ^ rotate(before2, 19) ^ (before2 >>> 10);
    w[t] = s1 + at(w, t - 7) + s0 + at(w, t - 16);
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = (h + sum1 + choice + at(ROUND_CONSTANTS, t) + at(w, t)) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + sum0 + majority) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] = at(state, index) + word;
  });
}

function at(words: Uint32Array, index: number): number {
  return words[index] as number;
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function firstPrimes(count: number): readonly number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}

/** The first 32 bits behind the point. */
function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32);
}
