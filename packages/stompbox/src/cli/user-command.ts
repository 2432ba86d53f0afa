/**
 * `stompbox user`: the users of a broker, in the file in its data directory. It talks to no broker; one
 * that runs sees each change at the next login.
 */
import { type NewUser, type UserSummary, UsersFile, usersFileIn } from '@stompbox/broker';
import { type Command, Option } from 'commander';
import type { CommandContext } from './command-context.js';
import { EXIT } from './exit-code.js';
import { newPasscode, type PasscodeFlags } from './passcode-prompt.js';
import { usageError } from './report-error.js';

interface DataFlags {
  readonly data: string;
}

interface AddFlags extends DataFlags, PasscodeFlags {
  readonly role?: readonly string[];
}

interface ListFlags extends DataFlags {
  readonly json?: true;
}

type Run = (work: Promise<number>) => Promise<void>;

/** Adds `add`, `remove`, `list` and `passcode` to the command `user`. */
export function addUserCommands(user: Command, context: CommandContext, run: Run): void {
  withPasscode(subcommand(user, 'add', 'add a user; the passcode is asked for'))
    .option('--role <role>', 'role of the user, repeatable; admin may do everything', collectRole)
    .action((name: string, flags: AddFlags, command: Command) =>
      run(runAdd(context, name, flags, command.args)),
    );
  subcommand(user, 'remove', 'remove a user, who then cannot log in any more')
    .argument('<name>', 'login name')
    .action((name: string, flags: DataFlags) => run(runRemove(context, name, flags)));
  subcommand(user, 'list', 'print the users with their roles')
    .option('--json', 'print JSON lines')
    .action((flags: ListFlags) => run(runList(context, flags)));
  withPasscode(subcommand(user, 'passcode', "change a user's passcode, which is asked for")).action(
    (name: string, flags: DataFlags & PasscodeFlags, command: Command) =>
      run(runPasscode(context, name, flags, command.args)),
  );
}

function subcommand(user: Command, name: string, description: string): Command {
  return user
    .command(name)
    .description(description)
    .option('--data <dir>', "the broker's data directory", './data');
}

function withPasscode(command: Command): Command {
  return (
    command
      .argument('<name>', 'login name')
      .option('--passcode-stdin', 'read the passcode from standard input, its first line')
      // What people try is answered with what to do instead.
      .addOption(new Option('--passcode [text]').hideHelp())
      .on('option:passcode', refusePasscode)
      .allowExcessArguments()
  );
}

async function runAdd(
  context: CommandContext,
  name: string,
  flags: AddFlags,
  args: readonly string[],
): Promise<number> {
  if (args.length > 1) refusePasscode();
  const file = new UsersFile(usersFileIn(flags.data));
  const before = await file.list();
  if (find(before, name)) {
    throw usageError(
      `the user ${name} exists already`,
      `change the passcode with: stompbox user passcode ${name} --data ${flags.data}`,
    );
  }
  const passcode = await newPasscode(context.terminal, name, flags);
  if (passcode === undefined) return abandoned(context);
  const user: NewUser = { name, passcode, roles: flags.role ?? [] };
  await file.add(user);
  const { terminal } = context;
  terminal.talk(`added ${name}${rolesOf(user)} to ${file.path}`);
  if (before === undefined) {
    terminal.talk('From now on the broker of this directory wants a login of everybody.');
  }
  return EXIT.ok;
}

async function runRemove(context: CommandContext, name: string, flags: DataFlags): Promise<number> {
  const file = new UsersFile(usersFileIn(flags.data));
  await file.remove(name);
  context.terminal.talk(`removed ${name} from ${file.path}`);
  return EXIT.ok;
}

async function runList({ terminal }: CommandContext, flags: ListFlags): Promise<number> {
  const file = new UsersFile(usersFileIn(flags.data));
  const users = await file.list();
  if (users === undefined) terminal.talk(`there is no users file ${file.path}`);
  for (const user of users ?? []) {
    await terminal.data(
      flags.json ? JSON.stringify(user) : `${user.name}\t${user.roles.join(', ')}`,
    );
  }
  return EXIT.ok;
}

async function runPasscode(
  context: CommandContext,
  name: string,
  flags: DataFlags & PasscodeFlags,
  args: readonly string[],
): Promise<number> {
  if (args.length > 1) refusePasscode();
  const file = new UsersFile(usersFileIn(flags.data));
  if (!find(await file.list(), name)) {
    throw usageError(
      `there is no user ${name} in ${file.path}`,
      `see which there are with: stompbox user list --data ${flags.data}`,
    );
  }
  const passcode = await newPasscode(context.terminal, name, flags);
  if (passcode === undefined) return abandoned(context);
  await file.changePasscode(name, passcode);
  context.terminal.talk(`changed the passcode of ${name} in ${file.path}`);
  return EXIT.ok;
}

function find(users: readonly UserSummary[] | undefined, name: string): UserSummary | undefined {
  return users?.find((user) => user.name === name);
}

function rolesOf({ roles }: NewUser): string {
  if (roles.length === 0) return '';
  return ` (${roles.length === 1 ? 'role' : 'roles'} ${roles.join(', ')})`;
}

function abandoned({ terminal }: CommandContext): number {
  terminal.talk('nothing was changed');
  return EXIT.interrupted;
}

function refusePasscode(): never {
  throw usageError(
    'a passcode must not stand on the command line, which others can read',
    'leave it out to be asked, or pipe it with --passcode-stdin',
  );
}

function collectRole(role: string, before: readonly string[] = []): readonly string[] {
  return [...before, role];
}
