/**
 * A driver's adapter in its own process that answers every call at once. It speaks the wire protocol itself, so
 * that nothing but the gate, the sockets and the ledger is measured. Started by `gate-through-client.ts`.
 */
import { connectWire } from '../../src/wire/client.ts'
import { definitions, resultBytes } from './example-call.ts'

const credit = Number(process.env['BENCH_CREDIT'] ?? 2048)
const answer = { kind: 'reply', header: { outcome: 'done' }, body: resultBytes } as const
const opened = await connectWire(
  process.env['BENCH_SOCKET'] ?? '',
  { secret: process.env['BENCH_SECRET'] ?? '' },
  { body: Buffer.from(JSON.stringify(definitions)), onRequest: () => Promise.resolve(answer), credit },
)
if (!opened.ok) throw new Error(opened.error.message)
void opened.value.closed.then(() => process.exit(0))
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
