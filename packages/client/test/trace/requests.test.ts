/** What `stompbox:request` tells. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answer, nthRequest, requestScene } from '../request/stage.js';
import { settle } from '../support/fake-clock.js';
import { until } from '../support/scripted-broker.js';
import { assertUntold, codeOf, contextsOf, FAILURE, record, SUCCESS, stagesOf } from './record.js';

describe('a request that is traced', () => {
  test('lasts until its answer is there', async (t) => {
    const events = record(t, 'request');
    const { requests, broker, connection } = await requestScene({ newId: () => 'c-1' });
    const asked = requests.request('/queue/a', 'geheim');
    const request = await nthRequest(broker, 1);
    assert.deepEqual(stagesOf(events), ['start', 'end']);
    answer(broker.session, request, 'streng vertraulich');
    assert.equal((await asked).text(), 'streng vertraulich');
    await settle();
    const [context] = contextsOf(events);
    assert.deepEqual(stagesOf(events), SUCCESS);
    assert.deepEqual(context, {
      peer: 'broker:61613',
      serverAddress: 'broker',
      serverPort: 61613,
      system: 'generic',
      destination: '/queue/a',
      bodyBytes: 6,
      correlationId: 'c-1',
      result: undefined,
    });
    assertUntold(context, 'geheim');
    assertUntold(context, 'streng vertraulich');
    await connection.close();
  });

  test('has the traces of its send beside it', async (t) => {
    const events = record(t, 'request');
    const sends = record(t, 'send');
    const { requests, broker, connection } = await requestScene();
    const asked = requests.request('/queue/a', 'x');
    answer(broker.session, await nthRequest(broker, 1), 'y');
    await asked;
    assert.deepEqual(
      [...contextsOf(events), ...contextsOf(sends)].map(({ destination }) => destination),
      ['/queue/a', '/queue/a'],
    );
    await connection.close();
  });

  test('tells that nobody answered in time', async (t) => {
    const events = record(t, 'request');
    const { requests, broker, clock, connection } = await requestScene({ timeoutMs: 1000 });
    const code = 'STOMP_REQUEST_TIMEOUT';
    const asked = assert.rejects(requests.request('/queue/a', 'x'), { code });
    await nthRequest(broker, 1);
    await clock.advance(1000);
    await asked;
    assert.deepEqual(stagesOf(events), FAILURE);
    assert.equal(codeOf(contextsOf(events)[0]), code);
    await connection.close();
  });

  test('for many replies lasts until the last one', async (t) => {
    const events = record(t, 'request');
    const { requests, broker, connection } = await requestScene();
    const replies: string[] = [];
    const reading = (async () => {
      for await (const reply of requests.requestMany('/queue/a', 'x', { maxReplies: 2 })) {
        replies.push(reply.text());
      }
    })();
    const request = await nthRequest(broker, 1);
    answer(broker.session, request, '1');
    await until(() => replies.length === 1, 'the first reply');
    assert.deepEqual(stagesOf(events), ['start', 'end']);
    answer(broker.session, request, '2');
    await reading;
    assert.deepEqual(stagesOf(events), SUCCESS);
    await connection.close();
  });

  test('for replies that nobody can count ends in order when its time is over', async (t) => {
    const events = record(t, 'request');
    const { requests, broker, clock, connection } = await requestScene({ timeoutMs: 1000 });
    const replies: string[] = [];
    const reading = (async () => {
      for await (const reply of requests.requestMany('/queue/a', 'x')) replies.push(reply.text());
    })();
    answer(broker.session, await nthRequest(broker, 1), '1');
    await until(() => replies.length === 1, 'the first reply');
    await clock.advance(1000);
    await reading;
    assert.deepEqual(stagesOf(events), SUCCESS);
    assert.equal('error' in (contextsOf(events)[0] ?? {}), false);
    await connection.close();
  });
});
