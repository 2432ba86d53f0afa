/**
 * Counts events for GET /dashboard. An ordinary topic subscription: each process gets every event that
 * happens while it runs, and none of those before.
 */
import { listener } from 'stompbox';
import { orderEvents } from '../destinations.js';

export interface EventCounts {
  priced: number;
  paid: number;
}

export function countEvents(counts: EventCounts) {
  return listener(orderEvents, { name: 'count-events' }, ({ type }) => {
    counts[type] += 1;
  });
}
