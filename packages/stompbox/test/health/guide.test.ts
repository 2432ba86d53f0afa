/** The guide explains every code, with the probes that it fails and the defaults that are true. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { createJiti } from 'jiti';
import { HEALTH_CODES, type Health, type TouchedFile } from 'stompbox';
import { HEALTH_PROBES, isFailedBy } from '../../dist/health/health-code.js';
import { resolveHealthOptions } from '../../dist/health/health-options.js';
import { embeddedBroker } from '../support/embedded.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { scene } from './scene.js';

const guide = readFileSync(new URL('../../../../docs/guide/health.md', import.meta.url), 'utf8');
const rows = guide
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 7);

const [program = '', route = '', file = ''] = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
  ([, code]) => code,
);

/** A file in here, so that it finds the package `stompbox` as an application would. */
function example(context: TestContext, name: string, code: string): string {
  const path = join(import.meta.dirname, name);
  writeFileSync(path, code);
  context.after(() => rmSync(path));
  return path;
}

describe('an example of the guide', () => {
  test('serves health of a service', async (context) => {
    const { url } = await embeddedBroker(context);
    const ends = 'await checked.close();\nawait messaging.close();\n';
    const code = program.replace("'0.0.0.0', port: 9090", "'127.0.0.1', port: 0") + ends;
    const env = { MQ_URL: url };
    const child = spawn(process.execPath, [example(context, 'guide-program.mjs', code)], { env });
    const [output, errors, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    assert.match(output, /^http:\/\/127\.0\.0\.1:\d+: (ok|failed)$/m);
    assert.equal(errors, '');
    assert.equal(exitCode, 0);
  });

  test('answers in a route, and touches a file', async (context) => {
    const folder = temporaryFolder(context);
    const jiti = createJiti(import.meta.url);
    const routes = await jiti.import<{ readiness(checked: Health): Promise<Response> }>(
      example(context, 'guide-route.ts', route),
    );
    const files = await jiti.import<{ watchFile(checked: Health): Promise<TouchedFile> }>(
      example(context, 'guide-file.ts', file.replace('/tmp/health', join(folder, 'health'))),
    );
    const { check } = scene(context);
    const checked = { check } as Health;
    const response = await routes.readiness(checked);
    assert.equal(response.status, 200);
    const touched = await files.watchFile(checked);
    assert.ok(existsSync(join(folder, 'health')));
    await touched.close();
  });
});

describe('the guide', () => {
  test('has a row for each code and no other', () => {
    const documented = rows.map((cells) => /^`([a-z-]+)`$/.exec(cells[2] ?? '')?.[1]);
    const codes = new Set(documented.filter((code) => code !== undefined));
    assert.deepEqual([...codes].sort(), [...HEALTH_CODES].sort());
  });

  for (const code of HEALTH_CODES) {
    test(`says which probes ${code} fails, by what it is found and within which time`, () => {
      const probes = HEALTH_PROBES.filter((probe) => isFailedBy(probe, code));
      for (const [, , name, foundBy, fails, within] of rows) {
        if (name !== `\`${code}\``) continue;
        assert.equal(fails, probes.map((probe) => `\`${probe}\``).join(', '));
        assert.ok(foundBy && within);
      }
    });
  }

  test('has the defaults of the options', () => {
    const defaults = resolveHealthOptions({});
    for (const [name, value] of Object.entries({
      sampleMs: defaults.sampleMs,
      'eventLoop.maxLagMs`, `.windowMs': [defaults.eventLoop.maxLagMs, defaults.eventLoop.windowMs],
      confirmWithinMs: defaults.confirmWithinMs,
      silentMs: defaults.silentMs,
      stalledAfterMs: defaults.stalledAfterMs,
      handlerMaxMs: defaults.handlerMaxMs,
      'reconnectLoop.losses`, `.withinMs': [
        defaults.reconnectLoop.losses,
        defaults.reconnectLoop.withinMs,
      ],
      sendFailureMs: defaults.sendFailureMs,
      'canary.everyMs`, `.timeoutMs`, `.idleMs': [
        defaults.canary.everyMs,
        defaults.canary.timeoutMs,
        defaults.canary.idleMs,
      ],
      undeliveredMs: defaults.undeliveredMs,
    })) {
      const shown = [value].flat().map((one) => one.toLocaleString('en'));
      assert.ok(guide.includes(`| \`${name}\` | ${shown.join(', ')} |`), `${name}: ${shown}`);
    }
    assert.equal(defaults.statistics, 'auto');
    assert.equal(defaults.connect, true);
  });
});
