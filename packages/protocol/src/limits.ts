/** How much a peer may send. Every limit is checked before the bytes that would break it are kept. */
export interface FrameLimits {
  /** Longest command line in bytes. Default 1,024. */
  readonly maxCommandBytes: number;
  /** Longest header line, name, colon and value, in bytes. Default 10,240. */
  readonly maxHeaderLineBytes: number;
  /** Most header lines of one frame. Default 1,000. */
  readonly maxHeaders: number;
  /** Largest body in bytes. Default 100 MiB. */
  readonly maxBodyBytes: number;
  /** Largest frame, command, headers and body together, in bytes. Default 101 MiB. */
  readonly maxFrameBytes: number;
}

const MIB = 1024 * 1024;

/** ActiveMQ's numbers, so that what passes there passes here. */
export const DEFAULT_LIMITS: FrameLimits = {
  maxCommandBytes: 1024,
  maxHeaderLineBytes: 10_240,
  maxHeaders: 1000,
  maxBodyBytes: 100 * MIB,
  maxFrameBytes: 101 * MIB,
};
