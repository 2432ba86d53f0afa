/** The log of a worker, one line of JSON per event. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { childLogger } from '../../dist/logging/child-logger.js';
import { jsonLogger } from '../../dist/logging/json-logger.js';

const now = () => Date.parse('2026-01-31T12:00:00Z');

function written(level?: 'debug' | 'error') {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const logger = jsonLogger({ now, write, ...(level === undefined ? {} : { level }) });
  return { logger, lines };
}

describe('the JSON log', () => {
  test('has level, time and text, and the fields of a child', () => {
    const { logger, lines } = written();
    logger.info('connected');
    childLogger(logger, { listener: 'onOrder', attempt: 1 }).error('failed\nbadly');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        { level: 'info', time: '2026-01-31T12:00:00.000Z', msg: 'connected' },
        {
          level: 'error',
          time: '2026-01-31T12:00:00.000Z',
          listener: 'onOrder',
          attempt: 1,
          msg: 'failed\nbadly',
        },
      ],
    );
    assert.ok(lines.every((line) => line.indexOf('\n') === line.length - 1));
  });

  test('leaves out what is below its level', () => {
    const usual = written();
    usual.logger.debug('details');
    usual.logger.warn('beware');
    const wordy = written('debug');
    wordy.logger.debug('details');
    const quiet = written('error');
    quiet.logger.warn('beware');
    assert.deepEqual([usual.lines.length, wordy.lines.length, quiet.lines.length], [1, 1, 0]);
  });

  test('never shows a field that is called like a secret', () => {
    const { logger, lines } = written();
    childLogger(logger, { password: 'hunter2', passcode: 'hunter3', user: 'ada' }).info('login');
    assert.doesNotMatch(lines.join(''), /hunter/);
    assert.match(lines.join(''), /"user":"ada"/);
  });

  test('goes to standard error, whole, also when the process ends at once', async () => {
    const module = new URL('../../dist/logging/json-logger.js', import.meta.url).href;
    const program = `import { jsonLogger } from '${module}';
      const logger = jsonLogger();
      for (let n = 0; n < 100; n += 1) logger.info('line ' + n);
      process.exit(0);`;
    const args = ['--input-type=module', '--eval', program];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
    const texts = stderr
      .trimEnd()
      .split('\n')
      .map((line) => String(JSON.parse(line).msg));
    assert.equal(stdout, '');
    assert.equal(texts.at(-1), 'line 99');
    assert.equal(texts.length, 100);
  });
});
