/** A listener that keeps one line for each hook that was called. */
import type { ConnectionListener } from '@stompbox/client/listeners';

export function recordingListener(lines: string[], prefix = ''): Required<ConnectionListener> {
  const add = (line: string) => {
    lines.push(`${prefix}${line}`);
  };
  const reasonOf = (error: Error | undefined) => (error === undefined ? 'in order' : 'by an error');
  return {
    onConnecting: (peer) => add(`connecting ${peer}`),
    onConnected: (frame) => add(`connected ${frame.headers.get('session')}`),
    onDisconnecting: () => add('disconnecting'),
    onDisconnected: (error) => add(`disconnected ${reasonOf(error)}`),
    onClosed: (error) => add(`closed ${reasonOf(error)}`),
    onHeartBeat: () => add('heart-beat'),
    onHeartBeatSent: () => add('heart-beat sent'),
    onHeartBeatTimeout: (error) => add(`heart-beat timeout: ${error.message}`),
    onMessage: (frame) => add(`message ${frame.text()}`),
    onReceipt: (frame) => add(`receipt ${frame.headers.get('receipt-id')}`),
    onError: (frame) => add(`error ${frame.headers.get('message')}`),
    onSend: (frame) => add(`send ${frame.command} ${frame.text()}`.trimEnd()),
  };
}
