/**
 * A small application that uses everything of `stompbox/nestjs`, in plain JavaScript: the tests run it
 * with several versions of Nest, as an ES module, as CommonJS and under Jest.
 */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Controller, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { queue, startBroker } from 'stompbox';
import { Listener, MessagingModule, MessagingRestModule, MessagingService } from 'stompbox/nestjs';
import { StompClientProxy, StompTransportStrategy } from 'stompbox/nestjs/microservices';

const orders = queue('orders');

function decorate(target, method, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, method);
  for (const one of decorators) one(target.prototype, method, descriptor);
}

function appModule(url, seen) {
  class Warehouse {
    ship(order, context) {
      seen.push(`listener ${order.id} ${context.attempt}`);
      return { shipped: order.id };
    }
  }
  const guard = { canActivate: (context) => seen.push(`guard ${context.getType()}`) > 0 };
  decorate(Warehouse, 'ship', UseGuards(guard), Listener(orders));
  class Remote {
    sum(numbers) {
      return numbers.reduce((total, one) => total + one, 0);
    }
    note(data) {
      seen.push(`event ${data}`);
    }
  }
  Controller()(Remote);
  decorate(Remote, 'sum', MessagePattern('sum'));
  decorate(Remote, 'note', EventPattern('note'));
  class AppModule {}
  Module({
    imports: [
      MessagingModule.forRoot({ settings: { url } }),
      MessagingRestModule.forRoot({ destinations: { orders }, check: true, health: true }),
    ],
    providers: [Warehouse],
    controllers: [Remote],
  })(AppModule);
  return AppModule;
}

async function callByHttp(url) {
  const send = (path, body) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  assert.equal((await send('/messages/orders', { id: 1 })).status, 202);
  const answered = await send('/messages/orders?reply=true', { id: 2 });
  // Not compared as a whole: under Jest the classes of fetch are of another realm.
  assert.equal((await answered.json()).shipped, 2);
  assert.equal((await send('/messages/others', {})).status, 404);
  assert.equal((await fetch(`${url}/chk/mq`)).status, 200);
  assert.equal((await fetch(`${url}/health/live`)).status, 200);
}

/** @param makeAdapter of the web platform; without it, Nest takes Express */
export async function main(makeAdapter) {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  const { url } = broker.connectors[0];
  const seen = [];
  const parts = makeAdapter === undefined ? [] : [makeAdapter()];
  const app = await NestFactory.create(appModule(url, seen), ...parts, { logger: false });
  app.connectMicroservice({ strategy: new StompTransportStrategy({ settings: { url } }) });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  await callByHttp(await app.getUrl());
  const client = new StompClientProxy({ settings: { url } });
  assert.equal(await firstValueFrom(client.send('sum', [1, 2, 3])), 6);
  await firstValueFrom(client.emit('note', 7), { defaultValue: undefined });
  const messaging = app.get(MessagingService);
  await client.close();
  await app.close();
  assert.equal(messaging.snapshot().state, 'closed');
  await broker.close();
  assert.ok(seen.includes('guard rpc'));
  assert.ok(seen.includes('listener 1 1'));
  return seen.length;
}
