/** The commands of `stompbox` with their help; parsing is commander's. */
import { Command, CommanderError } from 'commander';
import { type AsyncApiFlags, addAsyncApiFlags, runAsyncApi } from './asyncapi-command.js';
import { addBrokerFlags, type BrokerFlags, runBroker } from './broker-command.js';
import { addCheckFlags, type CheckFlags, runCheck } from './check-command.js';
import type { CommandContext } from './command-context.js';
import { addConfigCommands } from './config-command.js';
import { EXIT, EXIT_CODE_HELP, exitCodeOf } from './exit-code.js';
import { addExplainFlags, type ExplainFlags, runExplain } from './explain-command.js';
import { addListenFlags, type ListenFlags, runListen } from './listen-command.js';
import { reportError, usageError } from './report-error.js';
import { addSendFlags, runSend, type SendFlags } from './send-command.js';
import { runShell } from './shell/shell-command.js';
import { addShellFlags, type ShellFlags } from './shell/shell-flags.js';
import { addTailFlags, runTail, type TailFlags } from './tail-command.js';
import { addUserCommands } from './user-command.js';

const ENVIRONMENT_HELP = `Environment, where no option says otherwise:
  MQ_URL, MQ_PORT, MQ_USER, MQ_PASSWORD or MQ_PASSWORD_FILE, MQ_QUEUE, MQ_TOPIC
  and the others, which "stompbox config show" tells`;

const EXAMPLES = {
  stompbox: `Examples:
  stompbox broker                              start a broker on 127.0.0.1:61613
  stompbox listen                              start the listeners of this folder
  stompbox send /queue/SampleQueue '{"a":1}'   send a message
  stompbox tail /topic/SampleTopic             watch a topic`,
  broker: `Examples:
  stompbox broker                       port 61613, messages in ./data
  stompbox broker --memory --port 0     for tests: nothing on disk, any free port
  stompbox broker --data /var/lib/mq --json
  stompbox broker --config broker.json  all options; a file may be .ts, .js or .mjs too`,
  listen: `Examples:
  stompbox listen                             all *.listener.ts, .js, .mjs here and in listeners/
  stompbox listen 'src/**/*.listener.ts'      those in all folders of src
  stompbox listen --only Orders --concurrency 5-10 --log-format json --health-port 9090
  stompbox listen --reload                    for development: anew when a file changes
  stompbox listen --url mq.example.com --login app --passcode-file /run/secrets/mq`,
  send: `Examples:
  stompbox send /queue/SampleQueue '{"content":"hello"}'
  stompbox send /topic/news 'plain text' --type text -H priority:7
  cat order.json | stompbox send /queue/orders --count 10`,
  tail: `Examples:
  stompbox tail /topic/SampleTopic
  stompbox tail /topic/a /topic/b --json | jq .body
  stompbox tail /queue/orders --consume --count 1`,
  shell: `Examples:
  stompbox shell                              send, subscribe, ack … at a prompt
  stompbox shell -H mq.example.com -U app -W  asks for the passcode
  stompbox shell --file orders.txt --json     the same commands from a file, for scripts
  echo 'sendrec /queue/orders hello' | stompbox shell`,
  explain: `Examples:
  stompbox explain                            what happens to a message of each listener
  stompbox explain Orders --connect           of this one, at the broker of the settings
  stompbox explain 'src/**/*.listener.ts' --json | jq .destinations[].tries`,
  asyncapi: `Examples:
  stompbox asyncapi                           print the document of this application
  stompbox asyncapi --out asyncapi.json --html asyncapi.html
  stompbox asyncapi --out asyncapi.json --check`,
  check: `Examples:
  stompbox check                              is the worker here ready? for probes
  stompbox check --probe live --port 9090
  stompbox check --connect --url mq.example.com`,
  config: `Examples:
  stompbox config show                        all settings
  stompbox config show --origin               and where each comes from
  stompbox config show --json | jq -r 'select(.origin != "default") | .key'`,
  user: `Examples:
  stompbox user add clerk --role sales --data ./data
  stompbox user passcode clerk --passcode-stdin < passcode.txt
  stompbox user list --json`,
} as const;

/** These work without a broker. */
const LOCAL: readonly string[] = ['broker', 'user', 'asyncapi', 'check', 'config', 'explain'];

/**
 * Runs one command line and returns its exit code. All errors are reported on the terminal.
 *
 * @param args without `node` and the script.
 * @param writeHelp gets help and version, which are data.
 */
export async function runProgram(
  args: readonly string[],
  context: CommandContext,
  version: string,
  writeHelp: (text: string) => void,
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = newProgram(version, writeHelp);
  addCommands(program, context, async (work) => {
    exitCode = await work;
  });
  try {
    if (args.length === 0) throw usageError('no command is given');
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end the parsing by an error too.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const command = program.commands.find((candidate) => candidate.name() === args[0]);
    const name = command === undefined ? 'stompbox' : `stompbox ${command.name()}`;
    const isHelp = error instanceof CommanderError && error.code === 'commander.help';
    reportError(isHelp ? usageError('say what to do') : error, context.terminal, name);
    return exitCodeOf(error);
  }
}

function newProgram(version: string, writeHelp: (text: string) => void): Command {
  // Positional: after the name of a command its own options count, and -V is --verbose of the shell.
  return new Command('stompbox')
    .description('Messaging over STOMP: a broker, listeners, and tools to send and to watch.')
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: writeHelp, writeErr: () => undefined })
    .addHelpText('before', `${EXAMPLES.stompbox}\n`)
    .addHelpText('after', `\n${EXIT_CODE_HELP}`);
}

function addCommands(
  program: Command,
  context: CommandContext,
  run: (work: Promise<number>) => Promise<void>,
): void {
  addBrokerFlags(described(program, 'broker', 'start a broker and run it until Ctrl-C')).action(
    (flags: BrokerFlags) => run(runBroker(context, flags)),
  );
  addListenFlags(described(program, 'listen', 'run listeners until Ctrl-C, then let them finish'))
    .argument('[files...]', 'listener modules, .ts, .js or .mjs')
    .action((files: string[], flags: ListenFlags) => run(runListen(context, files, flags)));
  addSendFlags(described(program, 'send', 'send a message'))
    .argument('<destination>', 'for example /queue/orders or /topic/news')
    .argument('[body]', 'what to send; without it, standard input')
    .action((destination: string, body: string | undefined, flags: SendFlags) =>
      run(runSend(context, destination, body, flags)),
    );
  addTailFlags(described(program, 'tail', 'print messages as they arrive'))
    .argument('<destinations...>', 'for example /topic/news')
    .action((destinations: string[], flags: TailFlags) =>
      run(runTail(context, destinations, flags)),
    );
  addShellFlags(described(program, 'shell', 'talk to a broker, command by command')).action(
    (flags: ShellFlags) => run(runShell(context, flags, program.version() ?? '')),
  );
  addExplainFlags(described(program, 'explain', 'say what will happen to a message'))
    .argument(
      '[what...]',
      'names of listeners, or listener modules (default: those that listen finds)',
    )
    .action((what: string[], flags: ExplainFlags) => run(runExplain(context, what, flags)));
  addAsyncApiFlags(described(program, 'asyncapi', 'describe what is sent and listened to'))
    .argument('[files...]', 'listener modules (default: those that listen finds)')
    .action((files: string[], flags: AsyncApiFlags) => run(runAsyncApi(context, files, flags)));
  addCheckFlags(
    described(program, 'check', 'ask a running worker, or the broker, how it is'),
  ).action((flags: CheckFlags) => run(runCheck(context, flags)));
  addConfigCommands(described(program, 'config', 'show the settings'), context, run);
  addUserCommands(
    described(program, 'user', 'add, change and list the users of a broker'),
    context,
    run,
  );
}

function described(
  program: Command,
  name: Exclude<keyof typeof EXAMPLES, 'stompbox'>,
  description: string,
): Command {
  const needsBroker = !LOCAL.includes(name);
  return program
    .command(name)
    .description(description)
    .addHelpText('before', `${EXAMPLES[name]}\n`)
    .addHelpText('after', `${needsBroker ? `\n${ENVIRONMENT_HELP}\n` : ''}\n${EXIT_CODE_HELP}`);
}
