/** Which broker, who we are there, and the destinations of an application that has one of each. */
import { PROFILE_NAMES } from '@stompbox/client';
import { aSecret, aText, aWhole, oneOf } from '../setting-kind.js';
import { row } from '../setting-row.js';

export const brokerRows = [
  row('url', aText, 'Where the broker is', {
    initial: '127.0.0.1',
  }),
  row('port', aWhole(0, 65_535), "Port of the broker's STOMP connector", {
    initially: '61613, for TLS 61614',
  }),
  row('user', aText, 'Login name', { isFromFile: true }),
  row('password', aSecret, 'Passcode; needs a user', { isSecret: true }),
  row('queue', aText, 'Queue of `sendToQueue` and of listeners', {
    initial: '/queue/SampleQueue',
  }),
  row('topic', aText, 'Topic of `sendToTopic` and of listeners', {
    initial: '/topic/SampleTopic',
  }),
  row('profile', oneOf('auto', ...PROFILE_NAMES), 'Which broker it is; `auto` asks it', {
    initial: 'auto',
  }),
  row('virtualHost', aText, 'The `host` header of CONNECT', { initially: 'the host of the url' }),
  row('clientId', aText, 'The `client-id` header, which durable subscriptions need'),
] as const;
