/** Who of the slowed producers is read again, and when. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryUse } from '../../dist/memory/memory-use.js';
import { ProducerLine, type SlowedProducer } from '../../dist/memory/producer-line.js';
import { FakeClock } from '../fake-clock.js';

const LIMIT = 1000;
const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));

interface Scene {
  readonly memory: MemoryUse;
  readonly clock: FakeClock;
  readonly line: ProducerLine;
  /** What has happened to the producers, in order. */
  readonly told: string[];
  producer(name: string): SlowedProducer;
}

function fullScene(): Scene {
  const memory = new MemoryUse(LIMIT);
  const clock = new FakeClock();
  const line = new ProducerLine(memory, clock);
  const told: string[] = [];
  memory.change(LIMIT);
  const producer = (name: string) => ({
    takeTurn: () => void told.push(`${name} takes a turn`),
    released: () => void told.push(`${name} is released`),
  });
  return { memory, clock, line, told, producer };
}

describe('when memory is open again', () => {
  test('producers are released in the order in which they were slowed, one in a turn', async () => {
    const { memory, line, told, producer } = fullScene();
    for (const name of ['first', 'second', 'third']) line.wait(producer(name));
    memory.change(-LIMIT);
    assert.deepEqual(told, []);
    await endOfTurn();
    assert.deepEqual(told, ['first is released']);
    await endOfTurn();
    await endOfTurn();
    assert.deepEqual(told, ['first is released', 'second is released', 'third is released']);
  });

  test('no more of them are released once it is full again, and they keep their places', async () => {
    const { memory, line, told, producer } = fullScene();
    const [first, second] = [producer('first'), producer('second')];
    line.wait(first);
    line.wait(second);
    memory.change(-LIMIT);
    await endOfTurn();
    memory.change(LIMIT);
    line.wait(first);
    await endOfTurn();
    assert.deepEqual(told, ['first is released']);
    memory.change(-LIMIT);
    await endOfTurn();
    await endOfTurn();
    assert.deepEqual(told.slice(1), ['second is released', 'first is released']);
  });

  test('whoever has a turn is released, too', async () => {
    const { memory, clock, line, told, producer } = fullScene();
    line.wait(producer('only'));
    clock.advance(100);
    memory.change(-LIMIT);
    await endOfTurn();
    assert.deepEqual(told, ['only takes a turn', 'only is released']);
    assert.equal(clock.timerCount, 0);
  });
});

describe('while memory stays full', () => {
  test('producers take turns in their order, each again and again', () => {
    const { clock, line, told, producer } = fullScene();
    const producers = new Map(['a', 'b', 'c'].map((name) => [name, producer(name)]));
    for (const each of producers.values()) line.wait(each);
    for (let turns = 0; turns < 7; turns++) {
      clock.advance(100);
      const name = told.at(-1)?.[0] ?? '';
      line.wait(producers.get(name) as SlowedProducer);
    }
    assert.equal(told.map(([name]) => name).join(''), 'abcabca');
  });

  test('a turn that nobody ends keeps the next one waiting for a second, not for ever', () => {
    const { clock, line, told, producer } = fullScene();
    for (const name of ['idle', 'next']) line.wait(producer(name));
    clock.advance(100);
    clock.advance(1000);
    assert.deepEqual(told, ['idle takes a turn']);
    clock.advance(100);
    assert.deepEqual(told, ['idle takes a turn', 'next takes a turn']);
  });

  test('nobody gets a turn who has left', () => {
    const { clock, line, told, producer } = fullScene();
    const [gone, next] = [producer('gone'), producer('next')];
    line.wait(gone);
    line.wait(next);
    line.leave(gone);
    clock.advance(100);
    assert.deepEqual(told, ['next takes a turn']);
    line.leave(next);
    assert.equal(line.length, 0);
    assert.equal(clock.timerCount, 0);
  });
});
