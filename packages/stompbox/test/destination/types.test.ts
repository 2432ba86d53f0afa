/** What the compiler infers from schemas of three libraries; most of it fails to compile when it is wrong. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type } from 'arktype';
import {
  type Destination,
  type ListenerContext,
  listener,
  type Messaging,
  queue,
  topic,
} from 'stompbox';
import * as v from 'valibot';
import * as z from 'zod';

/** True when both are the same type, in both directions and with their modifiers. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

function same<A, B>(isSame: Same<A, B>): boolean {
  return isSame;
}

type InOf<D> = D extends Destination<infer In, unknown> ? In : never;
type OutOf<D> = D extends Destination<unknown, infer Out> ? Out : never;

const byZod = queue('zod', {
  schema: z.object({ id: z.number(), at: z.iso.date().transform((text) => new Date(text)) }),
});
const byValibot = queue('valibot', {
  schema: v.object({ id: v.number(), note: v.optional(v.string(), 'none') }),
});
const byArk = topic('ark', { schema: type({ id: 'number', 'note?': 'string' }) });

describe('types of a destination', () => {
  test('come from the schema: what it takes in, and what it gives out', () => {
    assert.ok(same<InOf<typeof byZod>, { id: number; at: string }>(true));
    assert.ok(same<OutOf<typeof byZod>, { id: number; at: Date }>(true));
    assert.ok(same<InOf<typeof byValibot>, { id: number; note?: string | undefined }>(true));
    assert.ok(same<OutOf<typeof byValibot>, { id: number; note: string }>(true));
    assert.ok(same<InOf<typeof byArk>, { id: number; note?: string }>(true));
  });

  test('may be claimed without a schema, and are unknown without either', () => {
    const claimed = queue<{ id: number }>('claimed');
    const open = topic('open');
    assert.ok(same<OutOf<typeof claimed>, { id: number }>(true));
    assert.ok(same<InOf<typeof open>, unknown>(true));
    assert.equal(claimed.schema, undefined);
  });
});

describe('the compiler', () => {
  /** Never called: it only has to compile, with an error where one is expected. */
  async function sends(messaging: Messaging): Promise<void> {
    await messaging.send(byZod, { id: 1, at: '2026-01-01' });
    // @ts-expect-error the sender gives what the schema takes in: a text
    await messaging.send(byZod, { id: 1, at: new Date() });
    // @ts-expect-error the id is missing
    await messaging.request(byValibot, {});
    await messaging.transaction(async (sender) => {
      await sender.send(byArk, { id: 1 });
      // @ts-expect-error the id is a number
      await sender.send(byArk, { id: '1' });
    });
  }

  test('refuses bodies that do not fit', () => {
    assert.equal(sends.length, 1);
  });

  test('knows the body of a listener, and lists of them in a batch', () => {
    const one = listener(byZod, {}, ({ id, at }, context: ListenerContext) => {
      assert.ok(same<typeof at, Date>(true));
      return `${id} ${at.getTime()} ${context.attempt}`;
    });
    const many = listener(byValibot, { batch: { size: 10 } }, (orders) => {
      assert.ok(same<typeof orders, readonly { id: number; note: string }[]>(true));
    });
    // @ts-expect-error the handler asks for a number where the schema gives a Date
    listener(byZod, {}, (order: { at: number }) => order);
    assert.equal(one.destination, byZod);
    assert.equal(many.destination, byValibot);
  });
});
