/** What can be asked for along with a frame. */
import type { FrameStreamOptions } from './outgoing-frame.js';

export interface SendOptions extends FrameStreamOptions {
  /** Called when the broker has confirmed the frame. A receipt header is added for it. */
  readonly onReceipt?: () => void;
  /** Called when the client fails before that. */
  readonly onError?: (error: Error) => void;
}
