/** stompit: bodies are streams, so a text is read with readString and bytes are put together. */
import stompit from 'stompit';

export async function open(port) {
  const client = await new Promise((resolve, reject) => {
    stompit.connect({ host: '127.0.0.1', port }, (error, opened) => {
      if (error) reject(error);
      else resolve(opened);
    });
  });
  return {
    receive({ destination, ack, isText, onBody }) {
      return new Promise((resolve, reject) => {
        const handle = (message, body) => {
          const isLast = onBody(body);
          if (ack === 'auto') return;
          if (isLast) client.ack(message, {}, { onReceipt: resolve });
          else client.ack(message);
        };
        client.subscribe({ destination, ack }, (error, message) => {
          if (error) reject(error);
          else if (isText) message.readString('utf-8', (_error, text) => handle(message, text));
          else readBytes(message, (bytes) => handle(message, bytes));
        });
        if (ack === 'auto') resolve();
      });
    },
    send(destination, body) {
      client.send({ destination, ...lengthOf(body) }).end(body);
    },
    sendConfirmed(destination, body, onReceipt) {
      client.send({ destination, ...lengthOf(body) }, { onReceipt }).end(body);
    },
    close: () => new Promise((resolve) => client.disconnect(resolve)),
  };
}

function lengthOf(body) {
  return typeof body === 'string' ? {} : { 'content-length': body.length };
}

function readBytes(message, onBytes) {
  const parts = [];
  message.on('data', (part) => parts.push(part));
  message.on('end', () => onBytes(parts.length === 1 ? parts[0] : Buffer.concat(parts)));
}
