/** The document in the eyes of AsyncAPI's own parser, which `npm run test:tools` installs. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { asyncApiDocument } from 'stompbox/asyncapi';
import { SHOP } from './shop.js';

interface Diagnostic {
  readonly severity: number;
  readonly code: string;
  readonly message: string;
}

interface ParserModule {
  readonly Parser: new () => {
    parse(text: string): Promise<{ document?: unknown; diagnostics: readonly Diagnostic[] }>;
  };
}

const require = createRequire(path.join(process.env['TOOL_FOLDER'] ?? '', 'package.json'));

/** Only in the folder of the tool. */
const PARSER = '@asyncapi/parser';

/** Errors are 0 and warnings 1. It hints (2) that there is a newer version of AsyncAPI than 3.0. */
const WARNING = 1;

test('the official parser accepts the document without errors and warnings', async () => {
  const { Parser }: ParserModule = require(PARSER);
  const text = JSON.stringify(asyncApiDocument(SHOP));
  const { document, diagnostics } = await new Parser().parse(text);
  assert.ok(document);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity <= WARNING),
    [],
  );
});

test('the official parser refuses a document with a reference to nowhere', async () => {
  const { Parser }: ParserModule = require(PARSER);
  const text = JSON.stringify(asyncApiDocument(SHOP)).replaceAll('schemas/orders"', 'schemas/no"');
  const { diagnostics } = await new Parser().parse(text);
  assert.ok(diagnostics.some(({ severity }) => severity === 0));
});
