/**
 * What the prebuilt file for browsers holds: the connection and its errors. The other functions of
 * the package come with a bundler, which takes only those that a page uses.
 */
export { OptionsError, StompError } from '@stompbox/protocol';
export { connect } from '../connect.js';
export { BrokerError, ConnectionError, TimeoutError } from '../errors.js';
