/**
 * Where Chromium is: the one that CHROMIUM names, Debian's, or Debian's installed now with apt-get.
 * Nothing is downloaded from elsewhere.
 */
import { spawnSync } from 'node:child_process';

const DEBIANS = '/usr/bin/chromium';

/** @returns its path, or why there is none */
export function findChromium() {
  const named = process.env.CHROMIUM;
  if (named) return isProgram(named) ? { path: named } : { missing: `CHROMIUM=${named} fails` };
  if (isProgram(DEBIANS)) return { path: DEBIANS };
  if (!isProgram('apt-get'))
    return { missing: 'there is no chromium, and no apt-get to install it' };
  const update = spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
  const install = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const done = spawnSync('apt-get', install, { stdio: 'inherit', env });
  if (isProgram(DEBIANS)) return { path: DEBIANS };
  return { missing: `apt-get could not install chromium (${update.status}, ${done.status})` };
}

function isProgram(command) {
  return spawnSync(command, ['--version']).status === 0;
}
