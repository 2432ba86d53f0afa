/**
 * A broker without a schedule: what asks for a delay is delivered at once and keeps its headers, and
 * requests to the schedule reach nobody.
 */
import type { Frame } from '@stompbox/protocol';
import { withHeaders } from '../link/frame-edit.js';
import type { FrameStage } from '../link/frame-stage.js';
import { HiddenHeaders } from './hidden-headers.js';

const MANAGEMENT = /^(\/(?:queue|topic)\/)?(activemq\.scheduler\.management.*)$/i;

export class NoScheduler implements FrameStage {
  readonly #headers = new HiddenHeaders(
    (name) => name.startsWith('AMQ_SCHEDULED_') || name === 'AMQ_SCHEDULER_ACTION',
  );

  fromClient(frame: Frame): readonly Frame[] {
    const destination = frame.headers.get('destination');
    const asked = frame.command === 'SEND' && MANAGEMENT.exec(destination ?? '');
    if (!asked) return this.#headers.fromClient(frame);
    const [, kind = '/queue/', name = ''] = asked;
    const nobody = withHeaders(frame, { destination: `${kind}NoScheduler.${name}` });
    return this.#headers.fromClient(nobody);
  }

  fromBroker(frame: Frame): readonly Frame[] {
    return this.#headers.fromBroker(frame);
  }
}
