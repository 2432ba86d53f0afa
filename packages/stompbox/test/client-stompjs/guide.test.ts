/** The programs in the guide "Coming from stompjs" run as they are printed, each in its process. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startBroker } from '@stompbox/broker';

const here = import.meta.dirname;
const guide = path.join(here, '../../../../docs/guide/coming-from-stompjs.md');
const programs = [...readFileSync(guide, 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)];

test('the guide shows a program with the adapter and one without', () => {
  assert.deepEqual(
    programs.map(([, code]) => /from '(.*)'/.exec(code ?? '')?.[1]),
    ['@stompbox/client/stompjs', '@stompbox/client'],
  );
});

for (const [index, [, code = '']] of programs.entries()) {
  test(`program ${index + 1} prints its message and ends`, async (t) => {
    const connectors = [{ kind: 'ws', port: 0, ws: { path: '/stomp' } } as const];
    const broker = await startBroker({ memory: true, connectors });
    // Beside the tests, so that the package is found by its name.
    const folder = mkdtempSync(path.join(here, 'guide-'));
    t.after(async () => {
      rmSync(folder, { recursive: true });
      await broker.close();
    });
    const file = path.join(folder, 'program.mjs');
    writeFileSync(file, code.replaceAll(':61615', `:${broker.connectors[0]?.port}`));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file]);
    assert.equal(stderr, '');
    assert.equal(stdout, 'two coffees\n');
  });
}
