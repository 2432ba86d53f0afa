/**
 * Headers that mean something to stompbox and nothing to the broker that is imitated: they travel under
 * another name, and have their own again when the message arrives.
 */
import type { Frame } from '@stompbox/protocol';
import { editHeaders } from '../link/frame-edit.js';
import type { FrameStage } from '../link/frame-stage.js';

const MARK = 'hidden-from-stompbox-';

export class HiddenHeaders implements FrameStage {
  readonly #isHidden: (name: string) => boolean;

  constructor(isHidden: (name: string) => boolean) {
    this.#isHidden = isHidden;
  }

  fromClient(frame: Frame): readonly Frame[] {
    if (frame.command !== 'SEND') return [frame];
    return [
      editHeaders(frame, (name, value) => [this.#isHidden(name) ? MARK + name : name, value]),
    ];
  }

  fromBroker(frame: Frame): readonly Frame[] {
    if (frame.command !== 'MESSAGE') return [frame];
    return [
      editHeaders(frame, (name, value) => [
        name.startsWith(MARK) ? name.slice(MARK.length) : name,
        value,
      ]),
    ];
  }
}
