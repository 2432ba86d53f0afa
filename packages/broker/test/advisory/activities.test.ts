import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activities, type Activity } from '../../dist/activity.js';

const CORRUPT: Activity = { type: 'corrupt-record', queue: 'q', position: 1 };
const SLOWED: Activity = { type: 'producer-slowed', connectionId: 'c', reason: 'disk' };

function quiet(): Activities {
  return new Activities((error) => {
    throw error;
  });
}

test('a listener hears the types that it named, and no others', () => {
  const activities = quiet();
  const heard: Activity[] = [];
  activities.on(['corrupt-record'], (activity) => heard.push(activity));
  activities.emit(CORRUPT);
  activities.emit(SLOWED);
  assert.deepEqual(heard, [CORRUPT]);
});

test('a type has listeners until the last one has gone', () => {
  const activities = quiet();
  assert.equal(activities.hasListeners('corrupt-record'), false);
  const offOne = activities.on(['corrupt-record', 'producer-slowed'], () => {});
  const offOther = activities.on(['corrupt-record'], () => {});
  offOne();
  assert.equal(activities.hasListeners('corrupt-record'), true);
  assert.equal(activities.hasListeners('producer-slowed'), false);
  offOther();
  assert.equal(activities.hasListeners('corrupt-record'), false);
});

test('a listener that throws is reported and keeps nothing from the others', () => {
  const reported: Array<{ error: unknown; activity: Activity }> = [];
  const activities = new Activities((error, activity) => reported.push({ error, activity }));
  const failure = new Error('broken listener');
  const heard: Activity[] = [];
  activities.on(['corrupt-record'], () => {
    throw failure;
  });
  activities.on(['corrupt-record'], (activity) => heard.push(activity));
  activities.emit(CORRUPT);
  assert.deepEqual(heard, [CORRUPT]);
  assert.deepEqual(reported, [{ error: failure, activity: CORRUPT }]);
});

test('a listener that goes while an activity is told takes no turn from the next one', () => {
  const activities = quiet();
  const heard: string[] = [];
  const off = activities.on(['corrupt-record'], () => {
    heard.push('first');
    off();
  });
  activities.on(['corrupt-record'], () => heard.push('second'));
  activities.emit(CORRUPT);
  activities.emit(CORRUPT);
  assert.deepEqual(heard, ['first', 'second', 'second']);
});

test('a listener that was registered twice is ended once for each', () => {
  const activities = quiet();
  let calls = 0;
  const listener = (): void => {
    calls += 1;
  };
  const off = activities.on(['corrupt-record'], listener);
  activities.on(['corrupt-record'], listener);
  off();
  activities.emit(CORRUPT);
  assert.equal(calls, 1);
});
