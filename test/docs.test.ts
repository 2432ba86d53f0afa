/** Documents that cannot rot: links, walks, error codes, versions and the first example. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { startBroker } from '@stompbox/broker';
import { brokenLinks, documentedCodes, raisedCodes, walkFiles } from './docs/documents.js';
import { readJson, readText, repository, sourceFiles } from './repository.js';

const documents = sourceFiles('.md');
const exists = (file: string) => existsSync(path.join(repository, file));

describe('links', () => {
  test('between documents lead somewhere', () => {
    assert.deepEqual(brokenLinks(documents, exists), []);
  });

  test('that lead nowhere are found', () => {
    const text = 'see [a](missing.md), [b](../README.md), [c](https://example.org), `[d](none.md)`';
    assert.deepEqual(
      brokenLinks([{ path: 'docs/x.md', text }], (file) => file === 'README.md'),
      ['docs/x.md: missing.md'],
    );
  });

  test('to a heading name one that is there', () => {
    const file = {
      path: 'x.md',
      text: '# One thing, one word\n[a](#one-thing-one-word) [b](#two)',
    };
    assert.deepEqual(
      brokenLinks([file], () => true),
      ['x.md: #two'],
    );
  });
});

describe('the walks in ARCHITECTURE.md', () => {
  const architecture = readText('ARCHITECTURE.md');

  for (const [walk, first, last] of [
    ['SEND', 'tcp-transport.ts', 'commit-loop.ts'],
    ['MESSAGE', 'queue.ts', 'tcp-transport.ts'],
  ] as const) {
    test(`${walk} has at most eight hops, each a file that exists`, () => {
      const files = walkFiles(architecture, walk);
      assert.ok(files.length >= 3 && files.length <= 8, `${files.length} hops`);
      assert.deepEqual(
        files.filter((file) => !exists(file)),
        [],
      );
      assert.equal(path.basename(files[0] ?? ''), first);
      assert.equal(path.basename(files.at(-1) ?? ''), last);
    });
  }
});

describe('error codes', () => {
  const sources = sourceFiles('.ts').filter((file) => /^packages\/\w+\/src\//.test(file.path));
  const tests = sourceFiles('.ts').filter((file) => /(^|\/)test\//.test(file.path));
  const documented = documentedCodes(readText('docs/reference/errors.md'));
  // The names of settings of django-stomp look like codes.
  const raised = raisedCodes(sources.filter(({ path: file }) => !file.includes('django-stomp')));

  test('are explained, all of them, and no others', () => {
    assert.deepEqual(documented, raised);
  });

  test('are each provoked by a test', () => {
    const provoked = new Set(raisedCodes(tests));
    assert.deepEqual(
      raised.filter((code) => !provoked.has(code)),
      [],
    );
  });

  test('are found in sources and documents', () => {
    const source = "throw of('STOMP_NET_B'); STOMP_OPT_A: 1, // STOMP_NET_…";
    assert.deepEqual(raisedCodes([{ path: 'a.ts', text: source }]), ['STOMP_NET_B', 'STOMP_OPT_A']);
    assert.deepEqual(documentedCodes('| `STOMP_OPT_A` | x |\n`STOMP_OPT_B`'), ['STOMP_OPT_A']);
  });
});

describe('versions', () => {
  interface PackageJson {
    readonly version: string;
    readonly workspaces?: readonly string[];
    readonly dependencies?: Readonly<Record<string, string>>;
  }
  const root = readJson<PackageJson>('package.json');
  const all = (root.workspaces ?? []).map((room) => readJson<PackageJson>(`${room}/package.json`));

  test('are the same in all packages and at the top of the changelog', () => {
    const top = /^## (\S+)$/m.exec(readText('CHANGELOG.md'))?.[1];
    assert.deepEqual(new Set(all.map(({ version }) => version)), new Set([root.version]));
    assert.equal(top, root.version);
  });

  test('that packages ask of each other are that one', () => {
    const asked = all.flatMap(({ dependencies }) =>
      Object.entries(dependencies ?? {}).filter(([name]) => name.includes('stompbox')),
    );
    assert.ok(asked.length > 0);
    assert.deepEqual(
      asked.filter(([, version]) => version !== root.version),
      [],
    );
  });
});

test('the example in README.md runs as it stands', async () => {
  const [, example] = /^```ts\n([\s\S]*?)^```$/m.exec(readText('README.md')) ?? [];
  assert.ok(example);
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  // In here, so that it finds the package `stompbox` as an application would.
  const file = path.join(import.meta.dirname, 'readme-example.mjs');
  writeFileSync(file, example);
  try {
    const env = { ...process.env, MQ_URL: broker.connectors[0]?.url };
    const child = spawn(process.execPath, [file], { env });
    const [errors, [code]] = await Promise.all([textOf(child.stderr), once(child, 'exit')]);
    assert.equal(errors, '');
    assert.equal(code, 0);
  } finally {
    rmSync(file);
    await broker.close();
  }
});
