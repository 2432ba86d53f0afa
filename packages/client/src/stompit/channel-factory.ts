/** A pool that keeps no spare channels: each one who asks gets one, which is closed when it is idle. */
import { ChannelPool } from './channel-pool.js';
import type { ConnectFailover } from './connect-failover.js';

export class ChannelFactory extends ChannelPool {
  constructor(failover: ConnectFailover) {
    super(failover, { minChannels: 0, minFreeChannels: 0 });
  }
}
