/** The guide to monitoring: its examples run as they are printed, and its tables are complete. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { context, propagation, trace } from '@opentelemetry/api';
import { Registry } from 'prom-client';
import { startBroker } from 'stompbox';
import { prometheusMetrics, relayMetrics } from 'stompbox/prometheus';
import { EventSource } from '../metrics/event-source.js';

const here = import.meta.dirname;
const source = (path: string) => readFileSync(join(here, '../../..', path), 'utf8');
const guide = source('../docs/guide/monitoring.md');

/** An example, and what it prints, with `…` for what differs each time. */
const examples = [...guide.matchAll(/^```js\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm)];

describe('the guide to monitoring', () => {
  assert.equal(examples.length, 3, 'the examples are found');

  for (const [index, [, code = '', promised = '']] of examples.entries()) {
    test(`prints what it says by example ${index + 1}`, async (t) => {
      const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
      // Beside the tests, so that packages are found by their names.
      const folder = mkdtempSync(join(here, 'guide-'));
      t.after(async () => {
        trace.disable();
        context.disable();
        propagation.disable();
        rmSync(folder, { recursive: true });
        await broker.close();
      });
      const printed: string[] = [];
      t.mock.method(console, 'log', (line: unknown) => printed.push(String(line)));
      const file = join(folder, `example-${index + 1}.mjs`);
      writeFileSync(file, code.replaceAll(':61613', `:${broker.connectors[0]?.port}`));
      await import(pathToFileURL(file).href);
      const expected = promised.trimEnd().split('\n');
      assert.equal(printed.length, expected.length, printed.join('\n'));
      for (const [line, text] of expected.entries()) {
        assert.match(printed[line] ?? '', patternOf(text));
      }
    });
  }

  test('has every metric for Prometheus with its labels, and no other', () => {
    const rows = [...guide.matchAll(/^\| `(stompbox_(?!outbox_)\w+)` \| ([\w, ]*)\|/gm)];
    const documented = rows.map(([, name = '', labels = '']) => `${name}: ${labels.trim()}`);
    const registry = new Registry();
    const metrics = prometheusMetrics(new EventSource(), { registry });
    const kept = registry.getMetricsAsArray() as unknown as readonly {
      readonly name: string;
      readonly labelNames: readonly string[];
    }[];
    assert.deepEqual(
      documented.sort(),
      kept.map(({ name, labelNames }) => `${name}: ${labelNames.join(', ')}`).sort(),
    );
    metrics.close();
  });

  test('has every metric of an outbox, and no other', () => {
    const rows = [...guide.matchAll(/^\| `(stompbox_outbox_\w+)` \|/gm)];
    const registry = new Registry();
    const metrics = relayMetrics(
      { status: () => assert.fail('nobody scrapes'), onEvent: () => () => undefined },
      { registry },
    );
    assert.deepEqual(
      rows.map(([, name]) => name).sort(),
      registry
        .getMetricsAsArray()
        .map(({ name }) => name)
        .sort(),
    );
    metrics.close();
  });

  test('names every option of instrument and every field of the channel', () => {
    const namesIn = (path: string, from: string) => {
      const text = source(path);
      const begin = text.indexOf(from);
      assert.notEqual(begin, -1, from);
      const body = text.slice(begin, text.indexOf('\n}', begin));
      return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, name]) => name);
    };
    const names = [
      ...namesIn('stompbox/src/otel/instrument-options.ts', 'interface InstrumentOptions'),
      ...namesIn('stompbox/src/tracing/process-channel.ts', 'interface ProcessTrace'),
      ...namesIn('client/src/trace/tracing.ts', 'interface TraceOrigin'),
    ];
    assert.ok(names.length > 20, `${names.length} names`);
    for (const name of names) assert.ok(guide.includes(`\`${name}\``), name);
  });
});

function patternOf(text: string): RegExp {
  const parts = text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`);
}
