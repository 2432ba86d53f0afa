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
import { build, transform } from 'esbuild';
import { dropAbsent, dropUncalled, shortenErrors, stripChecks } from './browser-diet.mjs';
import { INTERNAL_NAMES } from './browser-names.mjs';
import { root } from './packages.mjs';

const client = path.join(root, 'packages/client/dist');

/** Compiled modules that browsers get others for, relative to dist. */
const REPLACED = new Map([
  ['async-buffer.js', 'web/async-buffer.js'],
  ['codec/codec-registry.js', 'web/bodies.js'],
  ['codec/encode-value.js', 'web/bodies.js'],
  ['connect-options.js', 'web/connect-options.js'],
  ['deadlines.js', 'web/deadlines.js'],
  ['errors.js', 'web/errors.js'],
  ['frame-batch.js', 'web/frame-batch.js'],
  ['header-values.js', 'web/header-values.js'],
  ['operation-options.js', 'web/operation-options.js'],
  ['profile/unsafe.js', 'web/unsafe.js'],
  ['raw-frame.js', 'web/raw-frame.js'],
  ['send-heads.js', 'web/send-heads.js'],
  ['send-options.js', 'web/send-options.js'],
  ['send-request.js', 'web/send-request.js'],
  ['subscribe-options.js', 'web/subscribe-options.js'],
  ['target.js', 'web/target.js'],
  ['trace/trace-context.js', 'web/trace-context.js'],
  ['trace/tracing.js', 'web/tracing.js'],
  ['transport/open-transport.js', 'web/open-transport.js'],
  ['../../protocol/dist/bytes.js', 'web/bytes.js'],
  ['../../protocol/dist/decoder.js', 'web/frame-decoder.js'],
  ['../../protocol/dist/encoder.js', 'web/encoder.js'],
  ['../../protocol/dist/errors.js', 'web/stomp-errors.js'],
  ['../../protocol/dist/escape.js', 'web/encoder.js'],
  ['../../protocol/dist/headers.js', 'web/frame-headers.js'],
]);

/** Functions of their own, which the index exports. */
const WHOLE_FOR_INDEX = new Set([
  'codec/codec-registry.js',
  'codec/encode-value.js',
  'profile/unsafe.js',
  'trace/trace-context.js',
]);

/** Names of the checks that hand on their second argument, and of checkKeys. */
function checksIn(file) {
  return new Set(readFileSync(file, 'utf8').match(/(?<=^export function )check\w+/gm));
}

async function sourceForBrowsers(file, checks, hasSentences) {
  const source = readFileSync(file, 'utf8');
  // They hold no sentences, and joining values is none.
  const isShort = hasSentences || SHORT.has(file);
  const short = isShort ? source : shortenErrors(source);
  return dropUncalled(await fold(dropAbsent(stripChecks(short, checks))));
}

const SHORT = new Set(
  ['web/errors.js', 'web/stomp-errors.js'].map((name) => path.join(client, name)),
);

/** Without branches that cannot be taken. Read as TypeScript, imports that are left unused go, too. */
async function fold(source) {
  const { code } = await transform(source, {
    loader: 'ts',
    target: 'es2022',
    minifySyntax: true,
  });
  return code;
}

const forBrowsers = (kept, hasSentences) => ({
  name: 'for-browsers',
  setup(bundle) {
    const checks = checksIn(path.join(client, 'option-checks.js'));
    bundle.onResolve({ filter: /^\./ }, ({ path: wanted, importer }) => {
      const file = path.resolve(path.dirname(importer), wanted);
      const name = path.relative(client, file).replaceAll(path.sep, '/');
      // What the package exports beside the connection stays whole: a page pays for what it imports.
      if (importer === path.join(client, 'index.js') && WHOLE_FOR_INDEX.has(name)) return undefined;
      const other = kept.includes(name) ? undefined : REPLACED.get(name);
      return other && { path: path.join(client, other) };
    });
    bundle.onLoad({ filter: /dist[/\\].*\.js$/ }, async ({ path: file }) => ({
      contents: await sourceForBrowsers(file, checks, hasSentences),
      loader: 'ts',
    }));
  },
});

/**
 * @param entry compiled module, relative to the client's dist
 * @param options more options of esbuild; for tests `kept`, compiled modules that are not
 *   replaced, and `hasSentences`
 * @returns what esbuild says; with `outputFiles` unless `outfile` or `outdir` say where to
 */
export function bundleForBrowsers(entry, { kept = [], hasSentences = false, ...options } = {}) {
  return build({
    entryPoints: [path.join(client, entry)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    metafile: true,
    mangleProps: INTERNAL_NAMES,
    write: 'outfile' in options || 'outdir' in options,
    plugins: [forBrowsers(kept, hasSentences)],
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
