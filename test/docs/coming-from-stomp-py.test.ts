/** The guide for users of stomp.py has a row for every name of its interface. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as client from '@stompbox/client';
import * as listeners from '@stompbox/client/listeners';
import { readText } from '../repository.js';

const guide = readText('docs/guide/coming-from-stomp-py.md');

/** What stomp.py 8 calls things, by the section that lists them. */
const NAMES: Readonly<Record<string, string>> = {
  'Names that are exported': `Connection Connection10 Connection11 Connection12 StompConnection10
    StompConnection11 StompConnection12 WSConnection WSStompConnection ConnectionListener
    StatsListener WaitingListener PrintingListener adapter connect listener logging __version__
    tuple_version TestListener HeartbeatListener Publisher MulticastConnection StompException
    ConnectionClosedException NotConnectedException ConnectFailedException InterruptedException
    Frame original_headers`,
  'Arguments of the constructors': `host_and_ports prefer_localhost try_loopback_connect
    reconnect_sleep_initial reconnect_sleep_increase reconnect_sleep_jitter reconnect_sleep_max
    reconnect_attempts_max timeout heartbeats keepalive vhost auto_decode encoding
    auto_content_length heart_beat_receive_scale bind_host_port ws ws_path header binary_mode`,
  Methods: `connect disconnect send subscribe unsubscribe ack nack begin commit abort send_frame
    set_listener remove_listener get_listener is_connected set_receipt set_ssl get_ssl
    override_threading __enter__ __exit__`,
  Callbacks: `on_connecting on_connected on_disconnecting on_disconnected on_heartbeat
    on_heartbeat_timeout on_before_message on_message on_receipt on_error on_send
    on_receiver_loop_completed`,
  Listeners: `PrintingListener(print_to_log) StatsListener.errors StatsListener.connections
    StatsListener.disconnects StatsListener.messages StatsListener.messages_sent
    StatsListener.heartbeat_timeouts StatsListener.heartbeat_count StatsListener.__str__
    WaitingListener(receipt) wait_on_receipt wait_on_disconnected
    TestListener(receipt,print_to_log) message_list wait_for_message get_latest_message
    wait_for_heartbeat timestamp HeartbeatListener`,
  'The command line': `--version -h --help -H --host -P --port -U --user -W --password -F --file
    -S --protocol -L --listen -V --verbose --heartbeats --ssl --ssl-key-file --ssl-cert-file
    --ssl-ca-file subscribe unsubscribe send sendrec sendreply sendfile ack nack begin commit abort
    rollback stats run version ver help quit exit EOF`,
};

/** Rows of the tables of a section: the names in the first cell, and the second cell. */
function rowsOf(section: string): { names: string[]; counterpart: string }[] {
  const [, text = ''] = guide.split(`\n## ${section}\n`);
  const [body = ''] = text.split('\n## ');
  return [...body.matchAll(/^\| (`.*?) \| (.*) \|$/gm)].map(([, first = '', second = '']) => ({
    names: [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name.replaceAll(' ', '')),
    counterpart: second.trim(),
  }));
}

describe('docs/guide/coming-from-stomp-py.md', () => {
  for (const [section, list] of Object.entries(NAMES)) {
    const wanted = list.trim().split(/\s+/);

    test(`"${section}" has a row for each name of stomp.py, and for no other`, () => {
      const found = rowsOf(section).flatMap(({ names }) => names);
      assert.deepEqual([...found].sort(), [...wanted].sort());
    });

    test(`"${section}" says of each what takes its place, or why nothing does`, () => {
      for (const { names, counterpart } of rowsOf(section)) {
        assert.ok(counterpart.length > 3, names.join());
        if (!counterpart.startsWith('none')) continue;
        assert.match(counterpart, /^none: .{20}/, `${names.join()} has a reason`);
      }
    });
  }

  test('names only classes and functions that there are', () => {
    const known = new Set([...Object.keys(client), ...Object.keys(listeners)]);
    const used = guide.matchAll(
      /\b(?:new (\w+)\(|(\w+Listener)\b|(connect\w*|\w+Transport|frameLog)\()/g,
    );
    const theirs = /^(ConnectionListener|HeartbeatListener|StatsListener)$/;
    const names = [...used].map(([, made, listener, called]) => made ?? listener ?? called ?? '');
    assert.ok(names.includes('StatisticsListener') && names.includes('duplexTransport'));
    assert.deepEqual(
      names.filter((name) => !known.has(name) && !theirs.test(name)),
      [],
    );
  });

  test('names every class and function of the listeners', () => {
    const missing = Object.keys(listeners).filter((name) => !guide.includes(name));
    assert.deepEqual(missing, []);
  });
});
