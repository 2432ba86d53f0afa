/**
 * Gives each test names of its own: what an application calls `/queue/orders` is `/queue/t1.orders` at
 * the broker, and the application never learns of it. So many tests can share one broker.
 *
 * The prefix stands behind the parts of a name that mean something to the broker: `DLQ.`,
 * `VirtualTopic.`, `Consumer.g.VirtualTopic.`. Names that begin with `ActiveMQ.` are the broker's own and
 * shared, and so are temporary destinations, which no two clients have in common.
 */
import type { Frame } from '@stompbox/protocol';
import { editHeaders } from './frame-edit.js';
import type { FrameStage } from './frame-stage.js';

/** Headers that name destinations. */
const NAMING = new Set(['destination', 'reply-to', 'original-destination']);

const NAME = /^(\/(?:queue|topic)\/)?((?:DLQ\.)?(?:Consumer\.[^.,]+\.)?(?:VirtualTopic\.)?)(.+)$/s;
const SHARED = /^(?:\/(?:queue|topic)\/)?ActiveMQ\.|^\/(?!queue\/|topic\/)/;

export class NamePrefix implements FrameStage {
  readonly #prefix: string;

  /** @param prefix with its dot: `t1.` */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  fromClient(frame: Frame): readonly Frame[] {
    return [this.#edited(frame, (name) => this.added(name))];
  }

  fromBroker(frame: Frame): readonly Frame[] {
    return [this.#edited(frame, (name) => this.removed(name))];
  }

  /** The broker's names for a list of destinations. */
  added(destinations: string): string {
    return eachOf(destinations, (whole, kind, head, rest) =>
      SHARED.test(whole) ? whole : `${kind}${head}${this.#prefix}${rest}`,
    );
  }

  /** The application's names; those of other tests stay as they are. */
  removed(destinations: string): string {
    return eachOf(destinations, (whole, kind, head, rest) =>
      rest.startsWith(this.#prefix) ? `${kind}${head}${rest.slice(this.#prefix.length)}` : whole,
    );
  }

  #edited(frame: Frame, change: (name: string) => string): Frame {
    return editHeaders(frame, (name, value) => [name, NAMING.has(name) ? change(value) : value]);
  }
}

function eachOf(
  list: string,
  change: (whole: string, kind: string, head: string, rest: string) => string,
): string {
  return list
    .split(',')
    .map((item) => {
      const [whole, kind = '', head = '', rest = ''] = NAME.exec(item.trim()) ?? [];
      return whole === undefined ? item : change(whole, kind, head, rest);
    })
    .join(',');
}
