/**
 * Options that Java programs write behind the URL of a server, or as `nested.` ones behind all of them.
 * They tune Java's sockets and the OpenWire protocol; left out, a STOMP client does the same things.
 * What would weaken or strengthen TLS is not among them: that is never ignored.
 */

const JAVA_SOCKET_OPTIONS: ReadonlySet<string> = new Set([
  'connectionTimeout',
  'daemon',
  'diffServ',
  'dynamicManagement',
  'ioBufferSize',
  'jmxPort',
  'keepAlive',
  'logWriterName',
  'minmumWireFormatVersion',
  'socketBufferSize',
  'soLinger',
  'soTimeout',
  'soWriteTimeout',
  'startLogging',
  'tcpNoDelay',
  'threadName',
  'trace',
  'trafficClass',
  'typeOfService',
  'useInactivityMonitor',
  'useKeepAlive',
  'useLocalHost',
  'useQueueForAccept',
]);

/** True when leaving it out changes nothing that a program relies on. */
export function isJavaSocketOption(name: string, value: string): boolean {
  if (name.startsWith('wireFormat.') || name.startsWith('jms.')) return true;
  const plain = name.replace(/^(?:socket|transport)\./, '');
  // Verified is what we do by default; the option `tls` is there for the other way.
  return JAVA_SOCKET_OPTIONS.has(plain) || (plain === 'verifyHostName' && value === 'true');
}
