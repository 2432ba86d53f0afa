/** Handles orders, and tells the world about shipments. */
import { Injectable } from '@nestjs/common';
import type { ListenerContext } from 'stompbox';
import { Listener } from 'stompbox/nestjs';
import { type Order, orders, type Shipment, shipments } from './order.js';

const ITEMS_PER_PARCEL = 10;

@Injectable()
export class Warehouse {
  /** When it throws, the order is tried again, and ends in the queue DLQ.orders. */
  @Listener(orders, { concurrency: 4 })
  async ship(order: Order, { messaging, log }: ListenerContext): Promise<Shipment> {
    const parcels = Math.ceil(order.count / ITEMS_PER_PARCEL);
    const shipment = { orderId: order.id, parcels };
    await messaging.send(shipments, shipment);
    log.info(`order ${order.id} goes out in ${parcels} parcels`);
    // Whoever sent the order as a request gets this as the answer.
    return shipment;
  }
}
