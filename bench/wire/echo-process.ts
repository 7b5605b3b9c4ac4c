/** The answering process of the wire suite: the wire's echo and a bare one, each on its socket. */
import { join } from 'node:path'
import { serveBareEcho } from '../reference/socket-echo.ts'
import { serveWireEcho } from './wire-echo.ts'

const folder = process.env['BENCH_FOLDER'] ?? ''
await serveWireEcho(join(folder, 'wire.sock'))
await serveBareEcho(join(folder, 'bare.sock'))
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
