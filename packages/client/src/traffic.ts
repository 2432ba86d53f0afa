/** Counts what goes over the wire, over all sessions of a connection. */
export class Traffic {
  framesIn = 0;
  framesOut = 0;
  bytesIn = 0;
  bytesOut = 0;
  messagesIn = 0;
  messagesOut = 0;
  heartBeatsIn = 0;
  heartBeatsOut = 0;
  /** Sessions that were opened. */
  sessions = 0;
}
