/** Numbers as people say them. */

/** `200 ms`, `10 s`, `5 min`, `1 h 30 min`. */
export function spokenMs(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${trimmed(seconds)} s`;
  if (seconds < 3_600) return withRest(seconds, 60, 'min', 's');
  if (seconds < 86_400) return withRest(seconds / 60, 60, 'h', 'min');
  return withRest(seconds / 3_600, 24, 'd', 'h');
}

/** `1 message`, `2 messages`. */
export function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function withRest(amount: number, factor: number, unit: string, smaller: string): string {
  const whole = Math.floor(amount / factor);
  const rest = trimmed(amount - whole * factor);
  return rest === '0' ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${smaller}`;
}

function trimmed(amount: number): string {
  return String(Math.round(amount * 10) / 10);
}
