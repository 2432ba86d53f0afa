/**
 * `npm start`: builds, then runs the example in this same process. With two commands in the npm script
 * a shell would stand between npm and the example and keep the signals that are meant for it.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const { status } = spawnSync(process.execPath, [join(dirname(typescript), 'bin', 'tsc'), '-b'], {
  stdio: 'inherit',
});
if (status === 0) await import('../examples/hello-activemq/dist/main.js');
else process.exitCode = 1;
