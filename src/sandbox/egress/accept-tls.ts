/**
 * TLS towards the program, in the name of the host that it wants to reach, so that what it asks inside can be judged
 * request by request. Nothing is connected to meanwhile; the real server's certificate is checked when there is a
 * request for it.
 */
import { type SecureContext, TLSSocket } from 'node:tls'
import type { Duplex } from 'node:stream'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Authority } from './authority.ts'
import { earlyBytes } from './early-bytes.ts'
import { problemOfHello } from './server-name.ts'
import { established } from './tunnel.ts'
import { within } from './upstream.ts'

/** Answers a CONNECT and its handshake. The error says why there is no TLS; the socket is then destroyed. */
export async function acceptTls(
  socket: Duplex,
  head: Buffer,
  where: Authority,
  context: SecureContext,
  headMs: number,
): Promise<Result<TLSSocket, string>> {
  const early = earlyBytes(socket, head)
  socket.write(established)
  const time = within(early.gone, headMs)
  const reading = await early.hello(time)
  const problem = problemOfHello(reading, { name: where.host, isAddress: where.address !== null })
  early.release()
  if (problem !== null) {
    socket.destroy()
    return err(problem)
  }
  const tls = new TLSSocket(socket, { isServer: true, secureContext: context, ALPNProtocols: ['http/1.1'] })
  tls.on('error', () => socket.destroy())
  return new Promise((done) => {
    const late = setTimeout(() => tls.destroy(), headMs)
    tls.once('secure', () => done(ok(tls)))
    tls.once('close', () => done(err('the handshake failed')))
    tls.once('secure', () => clearTimeout(late)).once('close', () => clearTimeout(late))
  })
}
