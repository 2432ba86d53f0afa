import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { readDocument, testExamples } from './support/guide-examples.js';

describe('the guide', () => {
  assert.ok(testExamples(readDocument('guide/client.md')) >= 6, 'the examples are found');
});
