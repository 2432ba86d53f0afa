/**
 * Packs the published packages into tarballs, as `npm publish` would. Needs `npm run build:packages`.
 *
 *   node scripts/pack.mjs FOLDER      prints { "package name": "tarball" } as JSON
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { packages, root } from './packages.mjs';

/** Tarball of each package name, written into the folder. */
export function pack(folder) {
  const workspaces = packages.map(({ folder: from }) => `--workspace=${path.relative(root, from)}`);
  const args = ['pack', '--json', '--silent', `--pack-destination=${folder}`, ...workspaces];
  const packed = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' }));
  return new Map(
    Object.values(packed).map(({ name, filename }) => [name, path.join(folder, filename)]),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(Object.fromEntries(pack(path.resolve(process.argv[2])))));
}
