/** Why the program cannot start, on one line that says what to do. */
export function startErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port, syscall } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (syscall === 'listen' && code === 'EADDRINUSE') {
    return `port ${port} of the web app is taken: stop the program that uses it, or set PORT to another`;
  }
  if (syscall === 'listen' && code === 'EACCES') {
    return `port ${port} of the web app needs more rights: set PORT to one above 1023`;
  }
  return error.message.replace(/\s*\n\s*/g, ' ');
}
