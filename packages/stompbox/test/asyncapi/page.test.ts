import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { queue } from 'stompbox';
import { asyncApiDocument, asyncApiPage } from 'stompbox/asyncapi';
import * as z from 'zod';
import { SHOP } from './shop.js';

const page = asyncApiPage(asyncApiDocument(SHOP));

describe('the page', () => {
  test('needs nothing from elsewhere, and no script', () => {
    assert.doesNotMatch(page, /<script|<link|<img|@import|url\(|src=|\son\w+=/);
    assert.match(page, /^<!doctype html>\n<html lang="en">/);
  });

  test('shows each operation with its destination, fields and handling', () => {
    for (const shown of [
      '<article id="receive-orders">',
      '<h3><code>/queue/orders</code></h3>',
      'by order-listener',
      '<code>sku</code> <strong class="required">required</strong>',
      'As printed on the box.',
      'length ≥ 3',
      '<dt>selector</dt><dd><code>region = &#39;EU&#39;</code></dd>',
      '<article id="send-stock">',
      'No schema is given',
      'stomps://mq.example.com:61614',
    ]) {
      assert.ok(page.includes(shown), `${shown} is not there`);
    }
  });

  test('every link leads to a place in it, and no place is there twice', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(links.length >= 4);
    for (const link of links) assert.ok(ids.includes(link), `#${link} is nowhere`);
  });

  test('what users write is text and never markup', () => {
    assert.ok(page.includes('New orders &lt;of the shop&gt;.'));
    assert.doesNotMatch(page, /<of the shop>/);
    const evil = queue('x', { schema: z.object({ '<script>': z.literal('"><b>') }) });
    const { info, settings } = SHOP;
    const shown = asyncApiPage(asyncApiDocument({ info, settings, sends: [evil] }));
    assert.doesNotMatch(shown, /<script>|<b>/);
  });

  test('a schema that contains itself comes to an end', () => {
    assert.match(page, /<code>each item<\/code> <span class="type">nested again<\/span>/);
  });

  test('lists destinations that nothing uses', () => {
    const shown = asyncApiPage(asyncApiDocument({ ...SHOP, sends: [] }));
    assert.match(shown, /Other destinations[\s\S]*\/queue\/mail/);
  });

  test('keeps the contrast of texts in both colour schemes', () => {
    const colours = new Map(
      [...page.matchAll(/--(\w+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, ...both]) => [
        name,
        both,
      ]),
    );
    for (const scheme of [0, 1]) {
      const colour = (name: string) => colours.get(name)?.[scheme] ?? '#000000';
      for (const text of ['text', 'faint', 'link', 'receive', 'send']) {
        for (const back of ['back', 'panel']) {
          const found = contrast(colour(text), colour(back));
          // WCAG 2.2, 1.4.3: at least 4.5 to 1.
          assert.ok(found >= 4.5, `${text} on ${back} of scheme ${scheme}: ${found}`);
        }
      }
    }
  });
});

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
