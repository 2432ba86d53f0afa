import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { detectProfile, PROFILE_NAMES, profileOf } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';

const nothing = FrameHeaders.from({});

describe('the broker is recognised by CONNECTED', () => {
  for (const [server, name] of [
    ['stompbox/0.1.0', 'stompbox'],
    ['ActiveMQ/5.17.2', 'activemq'],
    ['ActiveMQ/6.1.7', 'activemq'],
    ['ActiveMQ-Artemis/2.44.0 ActiveMQ Artemis Messaging Engine', 'artemis'],
    ['RabbitMQ/3.10.8', 'rabbitmq'],
    [' RabbitMQ/4.2.0', 'rabbitmq'],
    ['ActiveMQish/1', 'generic'],
    ['coilmq/1.0.1', 'generic'],
    ['', 'generic'],
  ] as const) {
    test(`server "${server}" is ${name}`, () => {
      assert.equal(detectProfile(server, nothing), name);
    });
  }

  test('a RabbitMQ that hides its name is known by how it names sessions', () => {
    const headers = FrameHeaders.from({ session: 'session-E0YTjVMOuxNknX88-2Urbw' });
    assert.equal(detectProfile(undefined, headers), 'rabbitmq');
  });

  test('who says nothing known is nobody in particular', () => {
    assert.equal(detectProfile(undefined, nothing), 'generic');
    assert.equal(detectProfile(undefined, FrameHeaders.from({ session: 'session-1' })), 'generic');
    const session = 'session-E0YTjVMOuxNknX88-2Urbw';
    assert.equal(detectProfile('mine/1', FrameHeaders.from({ session })), 'generic');
  });

  test('each name has its profile', () => {
    assert.deepEqual(
      PROFILE_NAMES.map((name) => profileOf(name).name),
      ['activemq', 'artemis', 'rabbitmq', 'stompbox', 'generic'],
    );
  });
});
