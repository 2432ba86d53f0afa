/** What stands for send-heads.ts in browsers: the head of a plain send, made each time. */
import { encodeHeaderLine, type StompVersion } from '@stompbox/protocol';

export class SendHeads {
  /** @throws FrameError `STOMP_FRAME_NUL_IN_HEADER` */
  get(destination: string, version: StompVersion): string {
    return `SEND\n${encodeHeaderLine('destination', destination, version)}`;
  }
}
