/** All commands of the shell, in the order in which help lists them. */
import { RECEIVE_VERBS } from './receive-verbs.js';
import { SEND_VERBS } from './send-verbs.js';
import { SESSION_VERBS } from './session-verbs.js';
import { TRANSACTION_VERBS } from './transaction-verbs.js';
import type { Verb } from './verb.js';

export const VERBS: readonly Verb[] = [
  ...SEND_VERBS,
  ...RECEIVE_VERBS,
  ...TRANSACTION_VERBS,
  ...SESSION_VERBS,
];
