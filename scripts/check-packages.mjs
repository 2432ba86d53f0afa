/**
 * Looks at the tarballs as their users will: publint (are the files there that package.json
 * promises?) and attw (does every way to import find types that fit?). And at what browsers load.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkBrowser } from './check-browser.mjs';
import { pack } from './pack.mjs';
import { packages, root } from './packages.mjs';
import { run } from './run-node.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'stompbox-pack-'));
const tool = (name) => path.join(root, 'node_modules/.bin', name);
const client = packages.find(({ name }) => name === '@stompbox/client');
let failures = await checkBrowser(client.description);

try {
  for (const [name, tarball] of pack(folder)) {
    for (const [command, args] of [
      ['publint', ['run', '--strict', tarball]],
      ['attw', [tarball, '--no-color', '--format', 'ascii']],
    ]) {
      console.log(`\n${command} ${name}`);
      if ((await run(tool(command), args, { cwd: folder })) !== 0) failures++;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures === 0 ? '\nAll tarballs are as promised' : `\n${failures} checks failed`);
process.exitCode = failures === 0 ? 0 : 1;
