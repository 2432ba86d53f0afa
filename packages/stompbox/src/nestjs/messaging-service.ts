/** What an application injects: the message service, by its class or by a token. */
import { Inject } from '@nestjs/common';
import type { Messaging } from '../messaging.js';

/** The token of the message service. A text, so that it is the same in two copies of the package. */
export const MESSAGING = 'stompbox.messaging';

/**
 * The message service as a class, so that Nest finds it by the type of a parameter:
 * `constructor(readonly messages: MessagingService)`. It is never constructed; its instance is what
 * `createMessaging` gives.
 */
export const MessagingService =
  class MessagingService {} as unknown as abstract new () => Messaging;
export type MessagingService = Messaging;

/** The message service at a parameter or a property: `constructor(@InjectMessaging() messages: Messaging)`. */
export function InjectMessaging(): PropertyDecorator & ParameterDecorator {
  return Inject(MESSAGING);
}
