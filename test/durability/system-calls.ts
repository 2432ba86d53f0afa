/** The output of `strace -f -y` as a list of system calls, in the order of their lines. */
export interface SystemCall {
  readonly name: string;
  /** Path or socket of the first argument. */
  readonly target: string;
  /** All arguments, as strace shows them. */
  readonly text: string;
  /** Line at which the kernel was entered. */
  readonly began: number;
  /** Line at which it returned; after that its effect is there. */
  readonly ended: number;
}

const WHOLE = /^(\d+) +(\w+)\(\d+<([^>]*)>(.*)$/;
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)$/;
const UNFINISHED = '<unfinished ...>';

export function parseSystemCalls(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  /** Begun calls by process and name: with -f, lines of other threads stand in between. */
  const open = new Map<string, Omit<SystemCall, 'ended'>>();
  for (const [line, text] of trace.split('\n').entries()) {
    const resumed = RESUMED.exec(text);
    if (resumed) {
      const key = `${resumed[1]} ${resumed[2]}`;
      const begun = open.get(key);
      open.delete(key);
      if (begun) calls.push({ ...begun, text: begun.text + (resumed[3] ?? ''), ended: line });
      continue;
    }
    const [, pid, name = '', target = '', rest = ''] = WHOLE.exec(text) ?? [];
    if (pid === undefined) continue;
    if (text.endsWith(UNFINISHED))
      open.set(`${pid} ${name}`, { name, target, text: rest, began: line });
    else calls.push({ name, target, text: rest, began: line, ended: line });
  }
  return calls;
}

export function isSync(call: SystemCall): boolean {
  return /^(fsync|fdatasync|msync)$/.test(call.name);
}

/** True if the file of a write was synced, from start to successful end, between it and another call. */
export function isSyncedBetween(
  calls: readonly SystemCall[],
  write: SystemCall,
  later: SystemCall,
): boolean {
  return calls.some(
    (call) =>
      isSync(call) &&
      call.target === write.target &&
      call.began > write.ended &&
      call.ended < later.began &&
      / = 0$/.test(call.text),
  );
}
