/** The shop: it takes orders by HTTP, and its warehouse handles them from a queue. */
import { type DynamicModule, Module } from '@nestjs/common';
import type { SettingsInput } from 'stompbox';
import { MessagingModule, MessagingRestModule } from 'stompbox/nestjs';
import { orders } from './order.js';
import { OrderController } from './order-controller.js';
import { Warehouse } from './warehouse.js';

@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: a module of Nest is a class
export class AppModule {
  /** @param settings Default: the environment, MQ_URL and its kind. */
  static with(settings: SettingsInput = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRoot({ settings }),
        // POST /messages/orders, GET /chk/mq and /health
        MessagingRestModule.forRoot({ destinations: { orders }, check: true, health: true }),
      ],
      controllers: [OrderController],
      providers: [Warehouse],
    };
  }
}
