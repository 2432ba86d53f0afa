/** Commands around the transaction of the shell: begin, commit, abort. */
import { type Verb, wrongUse } from './verb.js';

const begin: Verb = {
  names: ['begin'],
  parameters: '',
  help: 'Begins a transaction: what is sent and acknowledged from now on takes effect at commit.',
  async run({ transaction, output, signal }, rest) {
    if (rest !== '') throw wrongUse(begin);
    const id = await transaction.begin(signal);
    await output.result(`Transaction id: ${id}`, { type: 'begun', transaction: id });
  },
};

const commit: Verb = {
  names: ['commit'],
  parameters: '',
  help: 'Ends the transaction: all of it takes effect, confirmed by the broker.',
  async run({ transaction, output, signal }, rest) {
    if (rest !== '') throw wrongUse(commit);
    const id = await transaction.commit(signal);
    await output.result(`Committed ${id}`, { type: 'committed', transaction: id });
  },
};

const abort: Verb = {
  names: ['abort', 'rollback'],
  parameters: '',
  help: 'Ends the transaction: nothing of it takes effect.',
  async run({ transaction, output, signal }, rest) {
    if (rest !== '') throw wrongUse(abort);
    const id = await transaction.abort(signal);
    await output.result(`Aborted transaction: ${id}`, { type: 'aborted', transaction: id });
  },
};

export const TRANSACTION_VERBS: readonly Verb[] = [begin, commit, abort];
