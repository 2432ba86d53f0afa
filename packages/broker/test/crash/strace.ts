/** What a broker asks of the system, seen by strace. */
import { spawnSync } from 'node:child_process';

const CALLS = 'read,write,writev,sendto,sendmsg,pwrite64,pwritev,fsync,fdatasync';

/** For suites that need strace: skipped with the reason where it is missing, but never in CI. */
export const needsStrace: { readonly skip?: string } =
  process.env['CI'] === 'true' || spawnSync('strace', ['-V']).status === 0
    ? {}
    : { skip: 'strace is missing: apt-get install strace' };

/** A call that has returned. Its lines in the trace are its place in time. */
export interface SystemCall {
  readonly name: string;
  /** Path or socket of its first argument. */
  readonly target: string;
  /** Arguments and result, as strace shows them. */
  readonly text: string;
  readonly began: number;
  readonly ended: number;
}

/** Calls that are to fail. */
export interface Fault {
  /** In strace's words: `fdatasync:error=EIO:when=3`. */
  readonly inject: string;
  /** Only calls on this file. */
  readonly path?: string;
}

/** The command that runs a program under strace. */
export function traced(trace: string, fault?: Fault): string[] {
  const faults = fault === undefined ? [] : ['-e', `inject=${fault.inject}`];
  const paths = fault?.path === undefined ? [] : ['-P', fault.path];
  const calls = ['-e', `trace=${CALLS}`];
  return ['strace', '-f', '-y', '-s', '2000', ...calls, ...faults, ...paths, '-o', trace];
}

/** The calls of a trace, in the order in which they returned. */
export function systemCalls(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  /** Of each thread the call that has not returned. */
  const open = new Map<string, SystemCall>();
  for (const [line, text] of trace.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(text) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    const begun = open.get(thread);
    if (resumed !== undefined && begun) {
      open.delete(thread);
      calls.push({ ...begun, text: begun.text + resumed, ended: line });
      continue;
    }
    const [, name = '', target = '', more = ''] = /^(\w+)\(\d+<(.*?)>(.*)$/.exec(rest) ?? [];
    if (name === '') continue;
    const [shown = '', unfinished] = more.split(/ ?<unfinished \.\.\.>$/);
    const call = { name, target, text: shown, began: line, ended: line };
    if (unfinished === undefined) calls.push(call);
    else open.set(thread, call);
  }
  return calls;
}

export function isOk(call: SystemCall): boolean {
  return / = \d+$/.test(call.text);
}
