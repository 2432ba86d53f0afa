/** `POST /orders`: takes an order, or answers what is wrong with it. */
import {
  Body,
  Controller,
  HttpCode,
  Post,
  ServiceUnavailableException,
  UnprocessableEntityException,
} from '@nestjs/common';
import { InvalidBodyError, type Messaging, StompError } from 'stompbox';
import { InjectMessaging } from 'stompbox/nestjs';
import { orders } from './order.js';

@Controller('orders')
export class OrderController {
  readonly #messaging: Messaging;

  constructor(@InjectMessaging() messaging: Messaging) {
    this.#messaging = messaging;
  }

  /** 202: the broker has the order, and will keep it until the warehouse has handled it. */
  @Post()
  @HttpCode(202)
  async place(@Body() order: never): Promise<{ readonly isAccepted: true }> {
    try {
      await this.#messaging.send(orders, order);
      return { isAccepted: true };
    } catch (error) {
      if (error instanceof InvalidBodyError) throw new UnprocessableEntityException(error.issues);
      if (error instanceof StompError && error.code.startsWith('STOMP_NET_')) {
        throw new ServiceUnavailableException('The message broker cannot be reached');
      }
      throw error;
    }
  }
}
