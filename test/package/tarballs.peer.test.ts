/** What users get: the packed tarballs, installed in an app of their own. Needs npm. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { repository } from '../repository.js';

type PackageName = '@stompbox/protocol' | '@stompbox/client' | '@stompbox/broker' | 'stompbox';

const temporary = mkdtempSync(path.join(os.tmpdir(), 'stompbox-package-'));
let tarballs: Readonly<Record<PackageName, string>>;

before(() => {
  const folder = path.join(temporary, 'tarballs');
  mkdirSync(folder);
  const script = path.join(repository, 'scripts/pack.mjs');
  tarballs = JSON.parse(node([script, folder], repository));
});

after(() => rmSync(temporary, { recursive: true, force: true }));

function node(args: readonly string[], cwd: string): string {
  return execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });
}

function newApp(name: string): string {
  const app = path.join(temporary, name);
  mkdirSync(app);
  writeFileSync(path.join(app, 'package.json'), '{ "private": true }\n');
  return app;
}

/** Runs a text as a module of the app. */
function runIn(app: string, file: string, text: string): string {
  writeFileSync(path.join(app, file), text);
  return node([file], app).trim();
}

describe('an app that installs only the client', () => {
  let app: string;

  before(() => {
    app = newApp('client-app');
    // Offline: whatever lies outside of these two tarballs could not be installed.
    const wanted = [tarballs['@stompbox/protocol'], tarballs['@stompbox/client']];
    const args = ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    execFileSync('npm', [...args, ...wanted], { cwd: app, encoding: 'utf8', stdio: 'pipe' });
  });

  test('gets nothing outside our own scope', () => {
    const modules = path.join(app, 'node_modules');
    const visible = readdirSync(modules).filter((name) => !name.startsWith('.'));
    assert.deepEqual(visible, ['@stompbox']);
    assert.deepEqual(readdirSync(path.join(modules, '@stompbox')).sort(), ['client', 'protocol']);
  });

  test('gets no native code', () => {
    const files = readdirSync(app, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      files.filter((file) => /\.(node|so|dylib|dll|gyp|wasm)$/.test(file)),
      [],
    );
  });

  test('gets the licence and no tests', () => {
    for (const name of ['client', 'protocol']) {
      const folder = path.join(app, 'node_modules/@stompbox', name);
      assert.ok(existsSync(path.join(folder, 'LICENSE')));
      assert.ok(!existsSync(path.join(folder, 'test')));
      assert.ok(!existsSync(path.join(folder, 'dist-test')));
    }
  });

  test('can import it', () => {
    const text = "import { connect } from '@stompbox/client'; console.log(typeof connect);";
    assert.equal(runIn(app, 'app.mjs', text), 'function');
  });

  test('can require it, and gets the CommonJS twin', () => {
    const text =
      "console.log(typeof require('@stompbox/client').connect, require.resolve('@stompbox/client'))";
    const [type, file] = runIn(app, 'app.cjs', text).split(' ');
    assert.equal(type, 'function');
    assert.match(file ?? '', /client\/dist\/cjs\/index\.js$/);
  });

  test('can import and require the adapter for stompit, with the same names in both', () => {
    const list = 'console.log(Object.keys(it).sort().join())';
    const adapter = '@stompbox/client/stompit';
    const imported = runIn(app, 'adapter.mjs', `import * as it from '${adapter}'; ${list}`);
    assert.equal(runIn(app, 'adapter.cjs', `const it = require('${adapter}'); ${list}`), imported);
    assert.match(imported, /^Channel,.*,connect$/);
  });

  for (const [kind, file, options] of [
    ['ESM', 'typed.mts', { module: 'nodenext' }],
    ['CommonJS', 'typed.cts', { module: 'nodenext' }],
    ['bundled', 'bundled.ts', { module: 'esnext', moduleResolution: 'bundler' }],
  ] as const) {
    test(`finds types in a strict ${kind} project without types of Node`, () => {
      const text =
        "import { connect, type Connection } from '@stompbox/client';\n" +
        "export const opened: Promise<Connection> = connect('stomp://localhost');\n";
      writeFileSync(path.join(app, file), text);
      const lib = ['ES2023', 'ESNext.Disposable', 'DOM'];
      const compilerOptions = { ...options, strict: true, noEmit: true, types: [], lib };
      const project = path.join(app, `tsconfig.${kind}.json`);
      writeFileSync(project, JSON.stringify({ compilerOptions, files: [file] }));
      const compiler = path.join(repository, 'node_modules/typescript/bin/tsc');
      assert.doesNotThrow(() => node([compiler, '-p', project], app));
    });
  }
});

describe('an app with all packages', () => {
  let app: string;

  before(() => {
    app = newApp('whole-app');
    const modules = path.join(app, 'node_modules');
    mkdirSync(path.join(modules, '@stompbox'), { recursive: true });
    for (const [name, tarball] of Object.entries(tarballs)) {
      const folder = path.join(modules, name);
      mkdirSync(folder);
      execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', folder]);
    }
    // Packages of others are taken from this repository: what is tested is ours.
    for (const name of readdirSync(path.join(repository, 'node_modules'))) {
      if (name.startsWith('.') || existsSync(path.join(modules, name))) continue;
      symlinkSync(path.join(repository, 'node_modules', name), path.join(modules, name));
    }
  });

  for (const name of ['@stompbox/broker', 'stompbox']) {
    test(`can import and require ${name}, with the same names in both`, () => {
      const list = 'console.log(Object.keys(it).sort().join())';
      const imported = runIn(app, 'app.mjs', `import * as it from '${name}'; ${list}`);
      const required = runIn(app, 'app.cjs', `const it = require('${name}'); ${list}`);
      assert.equal(required, imported);
      assert.notEqual(imported, '');
    });
  }

  test('can run the stompbox command', () => {
    const command = path.join(app, 'node_modules/stompbox/dist/cli/main.js');
    assert.match(node([command, '--version'], app), /^\d+\.\d+\.\d+/);
  });
});
