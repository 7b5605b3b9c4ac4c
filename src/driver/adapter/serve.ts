/**
 * An adapter's life: start the program, learn what it offers, present that to the kernel, carry calls. It
 * ends when either side ends and never lives on with half of its job: whoever is restarted starts clean, and
 * calls that were under way become in doubt, because the kernel sees the connection go.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import type { IncomingRequest, Served } from '../../wire/client.ts'
import { connectWire } from '../../wire/client.ts'
import type { Connection } from '../connection.ts'
import { connectProgram } from '../connection.ts'
import type { Definition } from '../definition.ts'
import { toolOf } from '../definition.ts'
import { encodeDefinitions, initialize, listDefinitions, offerLimits } from '../mcp-attach.ts'
import type { LaunchProgram } from '../program.ts'
import type { AdapterInstructions } from './instructions.ts'

/** How an adapter is run. */
export interface AdapterOptions {
  readonly launch: LaunchProgram
  /** Ends the adapter: the supervisor is gone. */
  readonly signal: AbortSignal
  readonly startMs?: number
}

/** Serves one driver until it is over; resolves with why. The program has then been killed. */
export async function serveDriver(
  instructions: AdapterInstructions,
  options: AdapterOptions,
): Promise<string> {
  let definitions: readonly Definition[] = []
  const connection = connectProgram(options.launch(instructions.program), () => relist())
  const relist = coalesced(async () => {
    const changed = definitions.length > 0 && (await differs(connection, definitions))
    if (changed) connection.close('the program changed its definitions; it must be attached anew')
  })
  options.signal.addEventListener('abort', () => connection.close('the supervisor is gone'), { once: true })
  if (options.signal.aborted) connection.close('the supervisor is gone')
  const startMs = options.startMs ?? offerLimits.startMs
  const timer = setTimeout(() => connection.close(`the program was not ready in ${startMs} ms`), startMs)
  const offer = await learn(connection)
  clearTimeout(timer)
  if (typeof offer === 'string') return over(connection, offer)
  definitions = offer
  return attach(instructions, connection, offer)
}

async function over(connection: Connection, reason: string): Promise<string> {
  connection.close(reason)
  return await connection.ended
}

async function learn(connection: Connection): Promise<readonly Definition[] | string> {
  const info = await initialize(connection.session)
  if (!info.ok) return info.error
  const listed = await listDefinitions(connection.session)
  return listed.ok ? listed.value : listed.error
}

async function attach(
  { driverSocket, secret }: AdapterInstructions,
  connection: Connection,
  definitions: readonly Definition[],
): Promise<string> {
  const ended = new AbortController()
  void connection.ended.then(() => ended.abort())
  const tools = new Set(definitions.map((definition) => definition.selector))
  const client = await connectWire(
    driverSocket,
    { secret },
    {
      body: new TextEncoder().encode(encodeDefinitions(definitions)),
      onRequest: (request) => carry(connection, tools, request),
      credit: 256,
      signal: ended.signal,
    },
  )
  if (!client.ok) return over(connection, `the kernel cannot be reached: ${client.error.message}`)
  const end = await client.value.closed
  return over(connection, `the kernel ended the connection: ${end.reason}`)
}

/** Carries one call to the program and its answer back. A lost call is never answered: nobody knows it. */
async function carry(
  connection: Connection,
  tools: ReadonlySet<string>,
  { header, body, signal }: IncomingRequest,
): Promise<Served> {
  const selector = header['selector']
  if (header['op'] !== 'dispatch' || typeof selector !== 'string' || !tools.has(selector)) {
    return failed('the driver offers no such operation; nothing was sent to it')
  }
  if (signal.aborted) return failed('cancelled before anything was sent to the program')
  const call = connection.session.call(toolOf(selector) ?? '', body)
  signal.addEventListener('abort', () => call.cancel(), { once: true })
  const answer = await call.answer
  if (answer.outcome === 'lost') return new Promise<never>(() => {})
  if (answer.outcome === 'failed') return failed(answer.reason, answer.result)
  return { kind: 'reply', header: { outcome: 'done' }, body: answer.result }
}

function failed(reason: string, body: Uint8Array = new Uint8Array()): Served {
  return { kind: 'reply', header: { outcome: 'failed', reason }, body }
}

async function differs(connection: Connection, known: readonly Definition[]): Promise<boolean> {
  const listed = await listDefinitions(connection.session)
  if (!listed.ok) return true
  const text = (definitions: readonly Definition[]): string =>
    canonicalJson(definitions.map(({ definition }) => definition))
  return text(listed.value) !== text(known)
}

/** Runs `work` at most once at a time; any number of calls while it runs make it run once more. */
function coalesced(work: () => Promise<void>): () => void {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    running = true
    do {
      again = false
      await work()
    } while (again)
    running = false
  }
  return () => {
    if (running) again = true
    else void run()
  }
}
