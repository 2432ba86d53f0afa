/** What a broker says of itself, and that it keeps on disk only what says `persistent:true`. */
import type { Frame } from '@stompbox/protocol';
import { withHeaders } from '../link/frame-edit.js';
import type { FrameStage } from '../link/frame-stage.js';

export class ServerName implements FrameStage {
  readonly #server: string;

  constructor(server: string) {
    this.#server = server;
  }

  fromClient(frame: Frame): readonly Frame[] {
    if (frame.command !== 'SEND' || frame.headers.has('persistent')) return [frame];
    return [withHeaders(frame, { persistent: 'false' })];
  }

  fromBroker(frame: Frame): readonly Frame[] {
    return [frame.command === 'CONNECTED' ? withHeaders(frame, { server: this.#server }) : frame];
  }
}
