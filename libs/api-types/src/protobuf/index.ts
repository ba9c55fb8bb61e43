/** Objects in protobuf, as Go's typed clients send and read them: messages by the schema tables, envelopes, watch frames. */
export { type Decoded, type DecodedProtobuf, protobufDecoders } from './compile-decoder.ts'
export { type ProtobufEncoder, protobufEncoders } from './compile-encoder.ts'
export {
  envelopeHead,
  envelopeTail,
  memberHead,
  openProtobuf,
  type ProtobufEnvelope,
  protobufContentType,
  resourceVersionAt,
  sealProtobuf,
} from './envelope.ts'
export { ProtobufError } from './reader.ts'
export { decodeWatchFrame, encodeWatchFrame } from './watch-event.ts'
