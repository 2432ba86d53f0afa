/**
 * Bundles the client for browsers. A module of src/web takes the place of the one whose name it has
 * (transport/open-transport.ts, target.ts); sentences of errors and checks of options are left out,
 * see browser-diet.mjs. It must contain no import at all: everything else is the page's own.
 *
 *   dist/browser/stompbox-client.min.js   for <script type="module">: connect and its errors
 *   dist/browser/index.js and others      for bundlers, which find them by the condition "browser"
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { shortenErrors, shortenTables, stripChecks, stripTraces } from './browser-diet.mjs';
import { root } from './packages.mjs';

const client = path.join(root, 'packages/client/dist');
const protocol = path.join(root, 'packages/protocol/dist');

/** Compiled modules that browsers get others for, relative to dist. */
const REPLACED = new Map([
  ['target.js', 'web/target.js'],
  ['transport/open-transport.js', 'web/open-transport.js'],
  ['trace/tracing.js', 'web/tracing.js'],
  ['../../protocol/dist/decoder.js', 'web/frame-decoder.js'],
]);

/** Every error of a browser says where its sentences are; see StompError. */
const PLAIN_SUPER = 'super(message, options);';
const SHORT_SUPER =
  'super(code + ": " + message + " (see docs/reference/errors.md of stompbox)", options);';

/** Names of the checks that hand on their second argument, and of checkKeys. */
function checksIn(file) {
  return new Set(readFileSync(file, 'utf8').match(/(?<=^export function )check\w+/gm));
}

function sourceForBrowsers(file, checks) {
  let source = readFileSync(file, 'utf8');
  if (path.basename(file) === 'errors.js') source = shortenTables(source);
  if (file === path.join(protocol, 'errors.js')) {
    if (!source.includes(PLAIN_SUPER)) throw new Error(`${file} has no ${PLAIN_SUPER}`);
    source = source.replace(PLAIN_SUPER, SHORT_SUPER);
  }
  return stripTraces(stripChecks(shortenErrors(source), checks));
}

const forBrowsers = {
  name: 'for-browsers',
  setup(bundle) {
    const checks = checksIn(path.join(client, 'option-checks.js'));
    bundle.onResolve({ filter: /^\./ }, ({ path: wanted, importer }) => {
      const file = path.resolve(path.dirname(importer), wanted);
      const other = REPLACED.get(path.relative(client, file).replaceAll(path.sep, '/'));
      return other && { path: path.join(client, other) };
    });
    bundle.onLoad({ filter: /dist[/\\].*\.js$/ }, ({ path: file }) => ({
      contents: sourceForBrowsers(file, checks),
    }));
  },
};

/**
 * @param entry compiled module, relative to the client's dist
 * @param options more options of esbuild
 * @returns what esbuild says; with `outputFiles` unless `outfile` or `outdir` say where to
 */
export function bundleForBrowsers(entry, options = {}) {
  return build({
    entryPoints: [path.join(client, entry)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    metafile: true,
    write: 'outfile' in options || 'outdir' in options,
    plugins: [forBrowsers],
    ...options,
  });
}

export const PREBUILT = path.join(client, 'browser/stompbox-client.min.js');

/** What the condition "browser" of package.json names, with the compiled module that it is made of. */
export function browserEntries(description) {
  return Object.values(description.exports)
    .filter((entry) => typeof entry === 'object' && 'browser' in entry)
    .map((entry) => ({
      made: path.resolve(client, '..', entry.browser.import.default),
      of: path.resolve(client, '..', entry.import.default),
    }));
}

/** Writes all of them. What several entries share becomes a chunk, so that they know the same classes. */
export async function buildForBrowsers(description) {
  rmSync(path.dirname(PREBUILT), { recursive: true, force: true });
  await bundleForBrowsers('web/stompbox-client.js', { outfile: PREBUILT, minify: true });
  const entries = browserEntries(description);
  await bundleForBrowsers('index.js', {
    entryPoints: entries.map(({ made, of }) => ({ in: of, out: path.basename(made, '.js') })),
    splitting: true,
    outdir: path.dirname(PREBUILT),
  });
}
