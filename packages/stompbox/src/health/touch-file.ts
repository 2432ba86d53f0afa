/**
 * Health in a file, for pods without a port: its content is the newest report, its modification time
 * when the probe was ok last. So `stompbox check --file` and a plain look at the age agree, and a
 * process that hangs or is gone fails both.
 *
 * When it was written last, ok or not, is its change time (ctime).
 *
 * The file is replaced as a whole, so nobody reads half of a report.
 */
import { rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { type Clock, systemClock } from '@stompbox/client';
import * as v from 'valibot';
import { type Logger, stderrLogger } from '../logger.js';
import { aNonEmptyText, aWholeNumber, expected, parseOptions } from '../options.js';
import type { Health } from './health.js';
import { HEALTH_PROBES, type HealthProbe } from './health-code.js';
import { HealthError } from './health-error.js';

export interface TouchFileOptions {
  readonly path: string;
  /** Whose last ok the modification time is. Default `live`. */
  readonly probe?: HealthProbe | undefined;
  /** Default 5,000. */
  readonly everyMs?: number | undefined;
}

export interface TouchedFile extends AsyncDisposable {
  /** Ends it and removes the file. */
  close(): Promise<void>;
}

const fileOptions = v.strictObject({
  path: aNonEmptyText,
  probe: v.optional(
    expected<HealthProbe>("'live', 'ready' or 'started'", (value) =>
      HEALTH_PROBES.some((probe) => probe === value),
    ),
  ),
  everyMs: v.optional(aWholeNumber(1, 2_147_483_647)),
});

/**
 * Resolves when it was written for the first time. Later failures go to the log, and the file ages.
 *
 * @throws HealthError `STOMP_HEALTH_FILE`; OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export async function touchFile(
  health: Pick<Health, 'check'>,
  options: TouchFileOptions,
  ports: { readonly clock?: Clock; readonly logger?: Logger } = {},
): Promise<TouchedFile> {
  const given = parseOptions(fileOptions, options, {
    describe: (key) =>
      key === '' ? 'The options of touchFile()' : `The option ${key} of touchFile()`,
    aliases: { file: 'path', intervalMs: 'everyMs' },
  });
  const { path, probe = 'live', everyMs = 5_000 } = given;
  const { clock = systemClock, logger = stderrLogger } = ports;
  let okAtMs = 0;
  let isClosed = false;
  let cancel = () => {};
  let writing = Promise.resolve();

  const touch = async () => {
    const report = await health.check();
    const isOk = report[probe].status === 'ok';
    await replace(path, `${JSON.stringify(report)}\n`, isOk ? undefined : okAtMs);
    // By the clock of the file system, by which others look at its age.
    if (isOk) okAtMs = (await stat(path)).mtimeMs;
  };
  const next = () => {
    cancel = clock.setTimer(() => {
      writing = touch()
        .catch((error: unknown) =>
          logger.error(`health: ${error instanceof Error ? error.message : error}`),
        )
        .then(() => {
          if (!isClosed) next();
        });
    }, everyMs);
  };
  const close = async () => {
    isClosed = true;
    cancel();
    await writing;
    await rm(path, { force: true });
  };
  await touch();
  next();
  return { close, [Symbol.asyncDispose]: close };
}

/** @param atMs what its modification time is to be; without, now */
async function replace(path: string, text: string, atMs?: number): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  try {
    await writeFile(temporary, text);
    if (atMs !== undefined) await utimes(temporary, atMs / 1_000, atMs / 1_000);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw HealthError.of('STOMP_HEALTH_FILE', path, error);
  }
}
