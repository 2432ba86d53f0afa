/** Commands about the session itself: stats, run, version, help, quit. */
import {
  getListener,
  removeListener,
  StatisticsListener,
  setListener,
} from '@stompbox/client/listeners';
import { usageError } from '../report-error.js';
import { type ShellHost, usageOf, type Verb, wrongUse } from './verb.js';
import { splitWords } from './words.js';

const STATISTICS = 'stats';

const stats: Verb = {
  names: ['stats'],
  parameters: '[on|off]',
  help: 'Counts messages, heart-beats and errors from "stats on" to "stats off"; alone, prints them.',
  async run(shell, rest) {
    const { connection } = shell;
    if (rest === 'on') setListener(connection, STATISTICS, new StatisticsListener());
    else if (rest === 'off') removeListener(connection, STATISTICS);
    else if (rest === '') await printStatistics(shell);
    else throw wrongUse(stats);
  },
};

async function printStatistics({ connection, output }: ShellHost): Promise<void> {
  const listener = getListener(connection, STATISTICS);
  if (!(listener instanceof StatisticsListener)) {
    throw usageError('nothing is counted', 'say: stats on');
  }
  await output.result(listener.summary(), { type: 'statistics', ...listener.counts });
}

const runScript: Verb = {
  names: ['run'],
  parameters: '<file>',
  help: 'Executes the commands of a file, one a line; lines that begin with # are left out.',
  async run(shell, rest) {
    const [file, ...more] = splitWords(rest);
    if (file === undefined || more.length > 0) throw wrongUse(runScript);
    await shell.runFile(file);
  },
};

const version: Verb = {
  names: ['version', 'ver'],
  parameters: '',
  help: 'Prints the versions of this program, of the protocol and of the broker.',
  async run({ connection, output, version: own }) {
    const { version: protocol, server } = connection;
    await output.result(
      `stompbox ${own}, STOMP ${protocol}, broker ${server ?? 'does not say what it is'}`,
      { type: 'version', stompbox: own, protocol, server },
    );
  },
};

const help: Verb = {
  names: ['help', '?'],
  parameters: '[command]',
  help: 'Explains a command, or lists them all.',
  async run({ verbs, output }, rest) {
    const topic = rest.trim();
    if (topic === '') {
      const lines = verbs.map((verb) => `  ${usageOf(verb)}`);
      const text = `Commands:\n${lines.join('\n')}\n"help <command>" explains one.`;
      await output.result(text, { type: 'help', commands: verbs.map(usageOf) });
      return;
    }
    const verb = verbs.find(({ names }) => names.includes(topic));
    if (verb === undefined) throw usageError(`there is no command ${topic}`, 'say: help');
    const others = verb.names.slice(1);
    const also = others.length === 0 ? '' : `\nAlso: ${others.join(', ')}`;
    const usage = usageOf(verb);
    const record = { type: 'help', usage, names: verb.names, help: verb.help };
    await output.result(`${usage}\n  ${verb.help}${also}`, record);
  },
};

const quit: Verb = {
  names: ['quit', 'exit', 'EOF'],
  parameters: '',
  help: 'Ends the shell in order, as Ctrl-D does. An open transaction is aborted.',
  async run(shell) {
    shell.quit();
  },
};

export const SESSION_VERBS: readonly Verb[] = [stats, runScript, version, help, quit];
