/**
 * An adapter's life: check that the program is the one that was accepted, start or reach it, learn what it
 * offers, present that to the kernel, carry calls. It ends when either side ends and never lives on with half of
 * its job: whoever is restarted starts clean, and calls that were under way become in doubt, because the kernel
 * sees the connection go.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import type { IncomingRequest, Served, WireClient } from '../../wire/client.ts'
import { connectWire } from '../../wire/client.ts'
import { whyCodeDiffers } from '../code-pin.ts'
import type { Definition } from '../definition.ts'
import { encodeDefinitions } from '../definition.ts'
import { refusedHere } from '../mcp/call-under-way.ts'
import type { Meeting } from '../mcp/meet-server.ts'
import { meetServer } from '../mcp/meet-server.ts'
import type { SessionOwner } from '../mcp/session.ts'
import { startMs } from '../probe.ts'
import type { LaunchProgram } from '../program.ts'
import type { AskKernel } from './carry.ts'
import type { DriverEgress } from './driver-egress.ts'
import { carry } from './carry.ts'
import { Changes } from './changes.ts'
import type { AdapterInstructions } from './instructions.ts'
import { resourcePage } from './resource-pages.ts'

/** How an adapter is run. */
export interface AdapterOptions {
  readonly launch: LaunchProgram
  /** Ends the adapter: the supervisor is gone. */
  readonly signal: AbortSignal
  /** What the kernel is told of how the program is held. */
  readonly boundary?: string
  /** The program's way to the network, opened once the kernel knows this adapter. */
  readonly egress?: DriverEgress
  readonly startMs?: number
}

/** Serves one driver until it is over; resolves with why. The program has then been killed. */
export async function serveDriver(
  instructions: AdapterInstructions,
  options: AdapterOptions,
): Promise<string> {
  const { program } = instructions
  const differs = program.protocol === 'mcp-stdio' ? await whyCodeDiffers(program) : null
  if (differs !== null) return differs
  const stop = new AbortController()
  const supervisorGone = (): void => stop.abort('the supervisor is gone')
  options.signal.addEventListener('abort', supervisorGone, { once: true })
  if (options.signal.aborted) supervisorGone()
  const patienceMs = options.startMs ?? startMs
  const timer = setTimeout(() => stop.abort(`the server was not ready in ${patienceMs} ms`), patienceMs)
  const kernel = new KernelSide()
  const met = await meetServer(program, { launch: options.launch, signal: stop.signal, owner: kernel.owner })
  const listed = met.ok ? await met.value.session.definitions() : met
  clearTimeout(timer)
  if (!met.ok) return met.error
  if (!listed.ok) return over(met.value, listed.error)
  kernel.changes.onDefinitions = async () => {
    const isDifferent = await haveChanged(met.value, listed.value)
    if (isDifferent) met.value.close('the server changed its definitions; it must be attached anew')
    return isDifferent
  }
  const reason = await attach(instructions, met.value, listed.value, kernel, options)
  options.egress?.close()
  kernel.changes.stop()
  return reason
}

/**
 * The kernel as the server's session sees it, from before there is a connection to it. Servers ask for roots as
 * soon as they are greeted, and never again; such questions wait for the connection.
 */
class KernelSide {
  #client: WireClient | null = null
  readonly #attached = Promise.withResolvers<WireClient>()
  readonly changes: Changes = new Changes((header) => this.#client?.notice(header))
  readonly owner: SessionOwner = {
    definitionsChanged: (list) => this.changes.definitions(list),
    resourceUpdated: (uri) => this.changes.resource(uri),
    resourcesChanged: () => this.changes.resources(),
    ask: (selector, params, signal) => this.ask({ op: 'ask', selector }, params, signal),
  }

  readonly ask: AskKernel = async (header, params, signal) => {
    const client = await this.#attached.promise
    const answer = await client.request(header, params, { signal })
    if (answer.kind === 'reply') return { kind: 'answered', result: answer.body }
    return answer.kind === 'refusal' ? { kind: 'refused', ...answer.refusal } : refusedHere(answer.reason)
  }

  attach(client: WireClient): void {
    this.#client = client
    this.#attached.resolve(client)
  }
}

async function over(meeting: Meeting, reason: string): Promise<string> {
  meeting.close(reason)
  await meeting.gone
  return await meeting.over
}

async function attach(
  { driverSocket, secret }: AdapterInstructions,
  meeting: Meeting,
  definitions: readonly Definition[],
  kernel: KernelSide,
  { boundary, egress }: AdapterOptions,
): Promise<string> {
  const { session } = meeting
  const ended = new AbortController()
  void meeting.over.then(() => ended.abort())
  const carriage = { session, offered: new Set(definitions.map(({ selector }) => selector)), ask: kernel.ask }
  const client = await connectWire(
    driverSocket,
    {
      secret,
      ...(boundary === undefined ? {} : { boundary }),
      ...(egress === undefined ? {} : { tokenDigest: egress.tokenDigest }),
    },
    {
      body: new TextEncoder().encode(encodeDefinitions(definitions)),
      onRequest: (request) =>
        request.header['op'] === 'list' ? list(meeting, request) : carry(carriage, request),
      onNotice: ({ event, uri }) => {
        if (event === 'unsubscribe' && typeof uri === 'string') session.unsubscribe(uri)
      },
      credit: 256,
      signal: ended.signal,
    },
  )
  if (!client.ok) return over(meeting, `the kernel cannot be reached: ${client.error.message}`)
  kernel.attach(client.value)
  egress?.open()
  session.listen()
  const end = await client.value.closed
  return over(meeting, `the kernel ended the connection: ${end.reason}`)
}

/** A page of what the server has, for whoever may read it: the kernel knows. */
async function list({ session }: Meeting, { header }: IncomingRequest): Promise<Served> {
  const { what, cursor } = header
  if (what !== 'resources') return refused('Nothing but resources is listed here.')
  const page = await resourcePage(session, typeof cursor === 'string' ? cursor : null)
  if (!page.ok) return refused(page.error)
  const body = new TextEncoder().encode(`[${page.value.items.join(',')}]`)
  return { kind: 'reply', header: { next: page.value.next }, body }
}

function refused(message: string): Served {
  return { kind: 'refusal', refusal: { code: 'not-found', message, needed: '', seq: null } }
}

async function haveChanged({ session }: Meeting, known: readonly Definition[]): Promise<boolean> {
  const listed = await session.definitions()
  if (!listed.ok) return true
  const text = (definitions: readonly Definition[]): string =>
    canonicalJson(definitions.map(({ selector, definition }) => ({ selector, definition })))
  return text(listed.value) !== text(known)
}
