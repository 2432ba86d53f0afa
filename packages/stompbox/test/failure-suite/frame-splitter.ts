/** Cuts a stream of STOMP bytes between its frames, and leaves the bytes as they are. */

export interface RawFrame {
  /** Empty for the line ends between frames, which are heart-beats. */
  readonly command: string;
  readonly head: string;
  readonly bytes: Buffer;
}

const LINE_FEED = 10;

export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete now. */
  push(chunk: Buffer): RawFrame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: RawFrame[] = [];
    for (let end = this.#frameEnd(); end > 0; end = this.#frameEnd()) {
      const bytes = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      const head = headOf(bytes);
      frames.push({ command: head.split('\n', 1)[0] ?? '', head, bytes });
    }
    return frames;
  }

  /** Where the first frame, or the line end before it, is over; 0 when it is not complete. */
  #frameEnd(): number {
    const rest = this.#rest;
    if (rest.length === 0) return 0;
    if (rest[0] === LINE_FEED) return 1;
    const headEnd = rest.indexOf('\n\n');
    if (headEnd < 0) return 0;
    const bodyStart = headEnd + 2;
    const length = /^content-length:(\d+)$/m.exec(rest.toString('utf8', 0, headEnd))?.[1];
    const bodyEnd = length === undefined ? rest.indexOf(0, bodyStart) : bodyStart + Number(length);
    if (bodyEnd < 0 || bodyEnd >= rest.length) return 0;
    return bodyEnd + 1;
  }
}

function headOf(bytes: Buffer): string {
  const end = bytes.indexOf('\n\n');
  return end < 0 ? '' : bytes.toString('utf8', 0, end);
}
