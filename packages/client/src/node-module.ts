/**
 * Modules of Node, if this is Node. Nothing is imported, so that browsers and their bundlers never hear
 * of them.
 */
interface NodeModules {
  readonly 'node:crypto': typeof import('node:crypto');
  readonly 'node:diagnostics_channel': typeof import('node:diagnostics_channel');
  readonly 'node:fs/promises': typeof import('node:fs/promises');
}

export function nodeModule<Name extends keyof NodeModules>(
  name: Name,
): NodeModules[Name] | undefined {
  const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> };
  return process?.getBuiltinModule?.(name) as NodeModules[Name] | undefined;
}
