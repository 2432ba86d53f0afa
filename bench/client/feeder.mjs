/**
 * A socket that speaks just enough STOMP to be the fastest peer a client can have; run as a process.
 *
 *   SUBSCRIBE /queue/feed-SIZE-COUNT…   COUNT messages of SIZE bytes, encoded before, without credit
 *   SEND                                counted; a receipt is answered, but not for /queue/hold…
 *   ACK                                 counted; a receipt is answered
 *
 * Frames are told apart by their NUL, so bodies that are sent here must not contain one. It tells its
 * parent the port, and what it has counted since it was asked last.
 */
import net from 'node:net';

const NUL = 0;
const LF = 10;
const BLOCK_BYTES = 256 * 1024;
const CONNECTED = 'CONNECTED\nversion:1.2\nsession:s-1\nserver:feeder/1\nheart-beat:0,0\n\n\0\n';

let counted = { sends: 0, bytes: 0, acks: 0 };

const headEnd = Buffer.from('\n\n');

/** One MESSAGE as brokers write it; `number` has always the same length. */
function messageFrame(subscription, destination, size, number) {
  const lines = [
    ...['MESSAGE', 'expires:0', `destination:${destination}`, `subscription:${subscription}`],
    ...['priority:4', `message-id:ID-bench-40001-1790000000000-2-1-1-1-${number}`],
    ...[`ack:ID-bench-${number}`, `timestamp:${1_790_000_000_000 + number}`],
  ];
  // As brokers have it: a text travels without content-length, bytes with one.
  if (size > 4096) lines.push(`content-length:${size}`);
  return Buffer.from(`${lines.join('\n')}\n\n${'x'.repeat(size)}\0\n`);
}

class Peer {
  #socket;
  #rest = Buffer.alloc(0);
  #isInBody = false;
  #answers = '';

  constructor(socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => socket.destroy());
  }

  #read(chunk) {
    const isWhole = this.#rest.length === 0;
    const input = isWhole ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = input.subarray(this.#readFrames(input));
    if (this.#answers !== '') this.#socket.write(this.#answers);
    this.#answers = '';
  }

  /** Where the unread bytes begin. */
  #readFrames(input) {
    let position = 0;
    for (;;) {
      if (this.#isInBody) {
        const nul = input.indexOf(NUL, position);
        counted.bytes += (nul === -1 ? input.length : nul) - position;
        if (nul === -1) return input.length;
        position = nul + 1;
        this.#isInBody = false;
      }
      while (input[position] === LF) position++;
      const end = input.indexOf(headEnd, position);
      if (end === -1) return position;
      this.#readHead(input.latin1Slice(position, end + 1));
      position = end + 2;
      this.#isInBody = true;
    }
  }

  #readHead(head) {
    const receipt = headerOf(head, '\nreceipt:');
    if (head.startsWith('SEND\n')) {
      counted.sends++;
      if (receipt === undefined || head.includes('/queue/hold')) return;
    } else if (head.startsWith('ACK\n')) counted.acks++;
    else if (head.startsWith('CONNECT\n') || head.startsWith('STOMP\n')) this.#answers += CONNECTED;
    else if (head.startsWith('SUBSCRIBE\n')) {
      const subscription = headerOf(head, '\nid:');
      const destination = headerOf(head, '\ndestination:');
      // After the receipt that is answered first.
      setImmediate(() => this.#feed(subscription, destination));
    }
    if (receipt !== undefined) this.#answers += `RECEIPT\nreceipt-id:${receipt}\n\n\0\n`;
  }

  #feed(subscription, destination) {
    const [, size, count] = /feed-(\d+)-(\d+)/.exec(destination).map(Number);
    const frames = [];
    const perBlock = Math.min(count, Math.ceil(BLOCK_BYTES / size));
    for (let index = 0; index < perBlock; index++) {
      frames.push(messageFrame(subscription, destination, size, 1_000_000 + index));
    }
    const block = Buffer.concat(frames);
    const frameBytes = frames[0].length;
    let left = count;
    const write = () => {
      while (left > 0) {
        const next = Math.min(left, perBlock);
        left -= next;
        if (!this.#socket.write(block.subarray(0, next * frameBytes))) break;
      }
      if (left > 0) this.#socket.once('drain', write);
    };
    write();
  }
}

function headerOf(head, name) {
  const start = head.indexOf(name);
  if (start === -1) return undefined;
  return head.slice(start + name.length, head.indexOf('\n', start + 1));
}

const server = net.createServer((socket) => new Peer(socket));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => {
  process.send({ counted });
  counted = { sends: 0, bytes: 0, acks: 0 };
});
process.on('disconnect', () => process.exit());
