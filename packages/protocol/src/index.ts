export { type BodyType, bodyTypeOf } from './body-type.js';
export { copyBytes, decodeUtf8, EMPTY_BYTES, encodeUtf8, joinBytes, utf8Length } from './bytes.js';
export {
  FrameDecoder,
  type FrameDecoderOptions,
  type StreamingFrameDecoderOptions,
} from './decoder.js';
export {
  type Destination,
  type DestinationKind,
  formatDestination,
  parseDestination,
} from './destination.js';
export {
  type EncodableFrame,
  encodeFrame,
  encodeHead,
  encodeHeaderLine,
  type HeaderEntries,
} from './encoder.js';
export {
  FRAME_ERROR_CODES,
  FrameError,
  type FrameErrorCode,
  OptionsError,
  type OptionsErrorCode,
  ProtocolError,
  type ProtocolErrorCode,
  StompError,
  type StompErrorOptions,
} from './errors.js';
export { escapeHeader, type UndefinedEscapes, unescapeHeader } from './escape.js';
export {
  CLIENT_COMMANDS,
  type ClientCommand,
  type Command,
  type Frame,
  mayHaveBody,
  SERVER_COMMANDS,
  type ServerCommand,
  type StreamedFrame,
} from './frame.js';
export { FrameHeaders } from './headers.js';
export {
  formatHeartBeat,
  type HeartBeat,
  type NegotiatedHeartBeat,
  NO_HEART_BEAT,
  negotiateHeartBeat,
  parseHeartBeat,
} from './heart-beat.js';
export { DEFAULT_LIMITS, type FrameLimits, resolveFrameLimits } from './limits.js';
export { leafNode, type ObjectNode, parentNode } from './transformation/object-node.js';
export {
  declaredKind,
  type FormattedBody,
  formatBody,
  isTransformation,
  parseBody,
  type SendTransformation,
  TRANSFORMATIONS,
  type Transformation,
} from './transformation/transformation.js';
export type { MapEntries, TypedBody, TypedValue } from './transformation/typed-value.js';
export { negotiateVersion, STOMP_VERSIONS, type StompVersion } from './version.js';
