/** What a handler gets beside the data: `@Ctx() context: StompContext`. */
import { BaseRpcContext } from '@nestjs/microservices';
import type { ListenerContext } from '../../listener/listener-context.js';

export class StompContext extends BaseRpcContext<[ListenerContext]> {
  /** The message with its headers, its log, and what may be done about it. */
  getMessage(): ListenerContext {
    return this.args[0];
  }

  /** Where it was sent to, in STOMP's form. */
  getDestination(): string {
    return this.args[0].destination;
  }
}
