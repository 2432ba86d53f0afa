/** Rules of the house that no compiler checks. Each check is tried on a violating sample too. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { readJson, readText, repository, sourceFiles } from './repository.js';
import { importViolations } from './tidy/import-rules.js';
import { medianViolation, sizeViolations } from './tidy/size-rules.js';
import {
  assertsNothing,
  lockfileViolations,
  nameViolations,
  textViolations,
} from './tidy/text-rules.js';

interface PackageJson {
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const sources = sourceFiles('.ts', '.mjs');
const texts = sourceFiles('.ts', '.mjs', '.json', '.md', '.sh', '.yml', '.ci/run');
const workspaces = readJson<PackageJson>('package.json').workspaces ?? [];
const dependencies = new Map(
  ['.', ...workspaces].map((room) => {
    const listed = readJson<PackageJson>(`${room === '.' ? '' : `${room}/`}package.json`);
    const { dependencies: own, peerDependencies, devDependencies } = listed;
    return [room, new Set(Object.keys({ ...own, ...peerDependencies, ...devDependencies }))];
  }),
);

const sample = (file: string, text: string) => ({ path: file, text });

describe('imports follow the layers', () => {
  test('in every file', () => {
    assert.deepEqual(importViolations(sources, dependencies), []);
  });

  for (const [file, target] of [
    ['packages/protocol/src/a.ts', 'node:net'],
    ['packages/protocol/src/a.ts', 'left-pad'],
    ['packages/client/src/a.ts', '@stompbox/broker'],
    ['packages/broker/src/a.ts', '@stompbox/client'],
    ['packages/broker/test/a.test.ts', '@stompbox/client'],
    ['packages/broker/src/a.ts', 'stompbox'],
    ['packages/client/src/a.ts', 'lmdb'],
    ['packages/client/src/a.ts', '../../protocol/src/index.js'],
    ['packages/client/src/a.ts', '../test/a.js'],
    ['packages/client/src/a.ts', 'fs'],
    ['packages/client/src/a.ts', 'fast-check'],
    ['packages/client/test/a.test.ts', 'left-pad'],
    ['examples/hello-activemq/src/a.ts', '@stompbox/client'],
  ] as const) {
    test(`${file} must not import ${target}`, () => {
      for (const text of [`import { x } from '${target}';`, `await import('${target}');`]) {
        assert.equal(importViolations([sample(file, text)], dependencies).length, 1);
      }
    });
  }

  for (const [file, target] of [
    ['packages/protocol/src/a.ts', './b.js'],
    ['packages/protocol/test/a.test.ts', 'node:test'],
    ['packages/client/src/a.ts', 'node:net'],
    ['packages/client/src/deep/a.ts', '../b.js'],
    ['packages/client/src/a.ts', '@stompbox/protocol'],
    ['packages/client/test/a.test.ts', '@stompbox/broker'],
    ['packages/broker/src/a.ts', 'lmdb'],
    ['packages/stompbox/src/a.ts', '@stompbox/broker'],
    ['examples/hello-activemq/src/a.ts', 'fastify'],
    ['packages/client/test/a.test.ts', 'fast-check'],
  ] as const) {
    test(`${file} may import ${target}`, () => {
      const importing = sample(file, `import { x } from '${target}';`);
      assert.deepEqual(importViolations([importing], dependencies), []);
    });
  }
});

describe('texts', () => {
  test('keep every rule', () => {
    assert.deepEqual(textViolations(texts), []);
  });

  for (const [file, text] of [
    ['packages/x/src/a.ts', 'console.log(1)'],
    ['packages/x/src/a.ts', 'const now = Date.now();'],
    ['packages/x/src/a.ts', 'setTimeout(f, delayMs);'],
    ['packages/x/src/a.ts', 'Math.random()'],
    ['packages/x/test/a.test.ts', `set${'Timeout'}(resolve, 100)`],
    ['packages/x/test/a.ts', `sleep${'('}50)`],
    ['packages/x/src/a.ts', `// @ts-${'ignore'}`],
    ['packages/x/src/a.ts', `f(x as ${'any'})`],
    ['packages/x/src/a.ts', `function f(x: ${'any'}) {}`],
    ['packages/x/test/a.test.ts', `test.${'only'}('x', f)`],
    ['docs/a.md', `TO${'DO'}: write`],
    ['package.json', `"https:/${'/registry.'}example/"`],
    ['docs/a.md', `see /${'work'}/main`],
    ['packages/x/src/index.ts', 'export * from "./a.js";'],
    ['packages/x/src/a.ts', `try { f() } catch (error) ${'{}'}`],
  ] as const) {
    test(`"${text}" in ${file} is found`, () => {
      assert.equal(textViolations([sample(file, text)]).length, 1);
    });
  }

  test('the port of time may use timers', () => {
    const clock = sample('packages/x/src/clock.ts', 'setTimeout(f, 1); Date.now()');
    assert.deepEqual(textViolations([clock]), []);
  });
});

describe('files', () => {
  const paths = sources.map((file) => file.path);

  test('are named in kebab-case after what is inside', () => {
    assert.deepEqual(nameViolations(paths), []);
  });

  for (const name of ['src/utils.ts', 'src/helpers/a.ts', 'src/common.ts', 'src/FrameDecoder.ts']) {
    test(`${name} says nothing or is spelt wrongly`, () => {
      assert.equal(nameViolations([name]).length, 1);
    });
  }

  test('are short', () => {
    assert.deepEqual(sizeViolations(sources), []);
    assert.equal(medianViolation(sources), undefined);
  });

  test('that are long are found', () => {
    const long = sample('src/a.ts', 'x\n'.repeat(501));
    assert.equal(sizeViolations([long]).length, 1);
    assert.equal(sizeViolations([sample('src/a.ts', 'x\n'.repeat(500))]).length, 0);
    assert.equal(sizeViolations([sample('test/a.ts', 'x\n'.repeat(601))]).length, 1);
    assert.notEqual(medianViolation([long, long, sample('b.ts', 'x')]), undefined);
  });

  test('with tests assert something', () => {
    assert.deepEqual(
      sources.filter(assertsNothing).map((file) => file.path),
      [],
    );
    assert.equal(assertsNothing(sample('a.test.ts', "test('x', () => { f(); });")), true);
  });
});

describe('functions', () => {
  const biome = (args: readonly string[], input?: string) =>
    spawnSync(
      process.execPath,
      [path.join(repository, 'node_modules/@biomejs/biome/bin/biome'), 'lint', ...args],
      { cwd: repository, encoding: 'utf8', ...(input === undefined ? {} : { input }) },
    );
  const rule = '--only=complexity/noExcessiveLinesPerFunction';

  test('have at most 70 lines', () => {
    const { status, stderr, stdout } = biome([rule, 'packages', 'examples', 'scripts', 'bench']);
    assert.equal(status, 0, stdout + stderr);
  });

  test('of 71 lines are found', () => {
    const text = `export function f() {\n${'  f();\n'.repeat(71)}}\n`;
    assert.equal(biome([rule, '--stdin-file-path=packages/x/src/a.ts'], text).status, 1);
  });
});

describe('the lock file', () => {
  test('names no host', () => {
    assert.deepEqual(lockfileViolations(readText('package-lock.json')), []);
  });

  test('that names one is found', () => {
    const line = `"${'resolved'}": "https:${'//registry'}.example/a.tgz"`;
    assert.equal(lockfileViolations(line).length, 1);
    assert.deepEqual(lockfileViolations('"resolved": "packages/client"'), []);
  });
});
