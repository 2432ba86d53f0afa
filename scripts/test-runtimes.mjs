/**
 * Runs test/runtimes under Bun and Deno, with the packed tarballs of protocol and client. Both runtimes
 * come as npm packages that hold the program for this platform; no script of theirs is run.
 *
 * One line says when and why a runtime was skipped. With CI=true that is a failure, unless there is no
 * package for the platform. Needs `npm run build:packages`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pack } from './pack.mjs';
import { findTests, runTests } from './test.mjs';

/** Each with the packages that hold its program, by platform, and where in them it is. */
const RUNTIMES = [
  {
    name: 'bun',
    wanted: 'bun@1',
    program: 'bin/bun',
    packages: {
      'linux-x64': '@oven/bun-linux-x64',
      'linux-arm64': '@oven/bun-linux-aarch64',
      'darwin-x64': '@oven/bun-darwin-x64',
      'darwin-arm64': '@oven/bun-darwin-aarch64',
    },
  },
  {
    name: 'deno',
    wanted: 'deno@2',
    program: 'deno',
    packages: {
      'linux-x64': '@deno/linux-x64-glibc',
      'linux-arm64': '@deno/linux-arm64-glibc',
      'darwin-x64': '@deno/darwin-x64',
      'darwin-arm64': '@deno/darwin-arm64',
    },
  },
];

const platform = `${process.platform}-${process.arch}`;
const isCi = process.env.CI === 'true';

/** @returns the path of the program, or why there is none */
function install({ name, wanted, program, packages }, folder) {
  const platformPackage = packages[platform];
  if (platformPackage === undefined) {
    return { missing: `npm has no ${name} for ${platform}`, isFailure: false };
  }
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    wanted,
  ];
  const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
  const installed = path.join(folder, 'node_modules', platformPackage, program);
  if (status === 0 && existsSync(installed)) return { program: installed };
  const reason = stderr.trim().split('\n').at(-1) || `${platformPackage} holds no ${program}`;
  return { missing: `npm could not install ${wanted}: ${reason}`, isFailure: isCi };
}

/** An application that has nothing but our two packages. */
function makeApp(folder) {
  const tarballs = pack(folder);
  for (const name of ['@stompbox/protocol', '@stompbox/client']) {
    const target = path.join(folder, 'app/node_modules', name);
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['xzf', tarballs.get(name), '--strip-components=1', '-C', target]);
  }
  writeFileSync(path.join(folder, 'app/package.json'), '{ "private": true, "type": "module" }\n');
  return path.join(folder, 'app');
}

async function main() {
  const files = findTests().filter((file) => file.includes('dist-test/runtimes/'));
  if (files.length === 0) {
    console.error('No compiled test stands in test/dist-test/runtimes: run npm run build');
    return 1;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'stompbox-runtimes-'));
  let failures = 0;
  try {
    const app = makeApp(folder);
    for (const runtime of RUNTIMES) {
      const { program, missing, isFailure } = install(runtime, path.join(folder, runtime.name));
      if (program === undefined) {
        const verdict = isFailure ? 'failed' : 'skipped';
        console.log(`${new Date().toISOString()} ${verdict} ${runtime.name}: ${missing}`);
        if (isFailure) failures++;
        continue;
      }
      const env = { RUNTIME: runtime.name, RUNTIME_PROGRAM: program, RUNTIME_APP: app };
      if ((await runTests(files, { env })) !== 0) failures++;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return failures === 0 ? 0 : 1;
}

process.exitCode = await main();
