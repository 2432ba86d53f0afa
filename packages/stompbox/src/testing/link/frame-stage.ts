/**
 * One thing that happens to frames between a client and the test broker: names are prefixed, another
 * broker is imitated, a fault is injected. A stage sees whole frames, in both directions, in order.
 */
import type { Frame } from '@stompbox/protocol';

export interface FrameStage {
  /** What the broker gets in place of a frame of the client; nothing: it never sees it. */
  fromClient(frame: Frame): readonly Frame[];
  /** What the client gets in place of a frame of the broker. */
  fromBroker(frame: Frame): readonly Frame[];
}

/** What a stage may do beside. */
export interface StageEnds {
  /** Writes to the client, past the stages that are nearer to it. */
  answer(frame: Frame): void;
  /** The client vanishes, as when its cable is cut; neither end is told more. */
  drop(): void;
  /** Writes to the client, then closes the link to both. */
  answerLast(frame: Frame): void;
}

export type MakeStage = (ends: StageEnds) => FrameStage;
