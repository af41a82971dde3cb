// Counts bytes between the muxer and encryption: framing included, encryption excluded, so that the figure means the
// same over virtual links, which don't encrypt.
import type { ConnectionEncrypter, MessageStream, SecuredConnection } from '@libp2p/interface'
import { ShapedConnection } from './shaped-connection.ts'

/**
 * The same encrypter; `onSent` hears of the plain bytes that each secured connection is given to send. A shaped
 * connection hears from here whose it is: nobody knows before the handshake.
 */
export function countingEncrypter<Components, Extension>(
  factory: (components: Components) => ConnectionEncrypter<Extension>,
  onSent: (bytes: number) => void
): (components: Components) => ConnectionEncrypter<Extension> {
  return (components) => {
    const inner = factory(components)
    const known = (stream: MessageStream, secured: SecuredConnection<Extension>): SecuredConnection<Extension> => {
      if (stream instanceof ShapedConnection) stream.identify(secured.remotePeer.toString())
      return counted(secured, onSent)
    }
    return {
      protocol: inner.protocol,
      secureInbound: async (stream, options) => known(stream, await inner.secureInbound(inOnePiece(stream), options)),
      secureOutbound: async (stream, options) => known(stream, await inner.secureOutbound(inOnePiece(stream), options))
    }
  }
}

/** The same stream, written to once for each message: the transport makes a system call of every piece of a list. */
function inOnePiece<Stream extends MessageStream>(stream: Stream): Stream {
  const send = stream.send.bind(stream)
  stream.send = (data) => send(data.subarray())
  return stream
}

function counted<Extension>(
  secured: SecuredConnection<Extension>,
  onSent: (bytes: number) => void
): SecuredConnection<Extension> {
  const connection = secured.connection
  const send = connection.send.bind(connection)
  const counting: MessageStream['send'] = (data) => {
    onSent(data.byteLength)
    return send(data)
  }
  connection.send = counting
  return secured
}
