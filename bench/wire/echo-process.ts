/** The answering process of the wire suite: an echo of ours and one of each reference, each on its socket. */
import { join } from 'node:path'
import { serveLineEcho } from '../reference/line-echo.ts'
import { serveBareEcho } from '../reference/socket-echo.ts'
import { serveWireEcho } from './wire-echo.ts'

const folder = process.env['BENCH_FOLDER'] ?? ''
await serveWireEcho(join(folder, 'wire.sock'))
await serveBareEcho(join(folder, 'bare.sock'))
await serveLineEcho(join(folder, 'lines.sock'))
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
