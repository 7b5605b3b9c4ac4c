/** Both ends of an echo over the wire: the request's header and body come back as the reply. */
import type { JsonObject } from '../../src/base/json.ts'
import { connectWire } from '../../src/wire/client.ts'
import { Peer } from '../../src/wire/peer.ts'
import type { Listener } from '../../src/wire/socket.ts'
import { listen } from '../../src/wire/socket.ts'

/** The asking end. */
export interface WireEcho {
  /** Rejects unless the very body came back. */
  roundTrip(header: JsonObject, body: Uint8Array): Promise<void>
  close(): void
}

/** Connects to a served echo. */
export async function connectWireEcho(path: string): Promise<WireEcho> {
  const opened = await connectWire(path, {})
  if (!opened.ok) throw new Error(opened.error.message)
  const client = opened.value
  return {
    async roundTrip(header, body) {
      const answer = await client.request(header, body)
      if (answer.kind !== 'reply') throw new Error(`a ${answer.kind} instead of an echo`)
      if (answer.body.length !== body.length) throw new Error('an echo of another length')
    },
    close: () => client.close(),
  }
}

/** Serves the echo at `path`. */
export async function serveWireEcho(path: string): Promise<Listener> {
  const listening = await listen(path, (connection) => {
    const peer: Peer = new Peer({
      side: 'acceptor',
      transport: connection.transport,
      credit: 4096,
      handler: {
        onHello: () => peer.welcome({}),
        onRequest: (correlation, header, body) => void peer.reply(correlation, header, body),
      },
    })
    connection.start(
      (bytes) => peer.receive(bytes),
      (reason) => peer.transportClosed(reason),
    )
  })
  if (!listening.ok) throw new Error(listening.error.message)
  return listening.value
}
