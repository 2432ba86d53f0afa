/**
 * Makes what the published tarballs carry beside the development build: a CommonJS twin of each
 * package in dist/cjs, the licence, and the client's bundles for browsers. Run after `npm run build`.
 *
 * The compiler decides by the nearest package.json whether a file is a CommonJS module. So the
 * sources are copied next to one that says so, and compiled there with the same `module: nodenext`:
 * imports are then resolved through the `require` condition, as they are for a user.
 *
 * Source maps are left out: dist/ is the source of truth and has them.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildForBrowsers } from './browser-bundle.mjs';
import { packages, root } from './packages.mjs';
import { runNode } from './run-node.mjs';

const compiler = path.join(root, 'node_modules/typescript/bin/tsc');

/** CommonJS has no `import.meta`; this is what its URL means there. */
const MODULE_URL = "require('node:url').pathToFileURL(__filename).href";

/** Sources that the exports of a package begin with: ./dist/index.js stands for src/index.ts. */
function entryFiles(description) {
  return Object.values(description.exports)
    .filter((entry) => typeof entry === 'object')
    .map((entry) => entry.import.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'));
}

function copySources(folder, copy) {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  cpSync(path.join(folder, 'src'), path.join(copy, 'src'), { recursive: true });
  writeFileSync(path.join(copy, 'package.json'), '{ "type": "commonjs" }\n');
}

function replaceModuleUrls(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const source = path.join(folder, name);
    const text = readFileSync(source, 'utf8');
    if (text.includes('import.meta.url')) {
      writeFileSync(source, text.replaceAll('import.meta.url', MODULE_URL));
    }
  }
}

function writeCompilerOptions(folder, copy, files) {
  const { compilerOptions } = JSON.parse(readFileSync(path.join(folder, 'tsconfig.json'), 'utf8'));
  const options = {
    extends: path.join(root, 'tsconfig.base.json'),
    compilerOptions: {
      ...compilerOptions,
      rootDir: 'src',
      outDir: '../dist/cjs',
      types: ['node'],
      composite: false,
      incremental: false,
      sourceMap: false,
      declarationMap: false,
      verbatimModuleSyntax: false,
    },
    files,
  };
  writeFileSync(path.join(copy, 'tsconfig.json'), JSON.stringify(options));
}

async function buildTwin({ name, folder, description }) {
  const copy = path.join(folder, '.cjs-build');
  const twin = path.join(folder, 'dist/cjs');
  try {
    copySources(folder, copy);
    replaceModuleUrls(path.join(copy, 'src'));
    writeCompilerOptions(folder, copy, entryFiles(description));
    rmSync(twin, { recursive: true, force: true });
    const code = await runNode([compiler, '-p', copy]);
    if (code !== 0) throw new Error(`The CommonJS twin of ${name} does not compile`);
    writeFileSync(path.join(twin, 'package.json'), '{ "type": "commonjs" }\n');
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  cpSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
}

for (const one of packages) {
  await buildTwin(one);
  console.log(`${one.name}: dist/cjs`);
}
const client = packages.find(({ name }) => name === '@stompbox/client');
await buildForBrowsers(client.description);
console.log('@stompbox/client: dist/browser');
