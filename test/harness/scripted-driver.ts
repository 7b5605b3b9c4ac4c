/**
 * A driver that offers one of everything, played by the test on the wire: tools that answer, report, ask, fail
 * and wait, resources, prompts and completion. It writes down what reached it.
 */
import type { Json, JsonObject } from '../../src/base/json.ts'
import type { IncomingRequest, Served, WireClient } from '../../src/wire/client.ts'
import type { KernelProcess, TestDefinition } from './kernel-process.ts'

const tool = (name: string, properties: JsonObject = {}): TestDefinition => ({
  selector: `tools/${name}`,
  definition: { name, description: `Does ${name}.`, inputSchema: { type: 'object', properties } },
})

/** What it offers. */
export const scriptedDefinitions: readonly TestDefinition[] = [
  tool('echo', { text: { type: 'string' } }),
  tool('report'),
  tool('ask'),
  tool('sample'),
  tool('fail'),
  tool('wait'),
  tool('region', { region: { type: 'string', 'x-mcp-header': 'Region' } }),
  {
    selector: 'resources/read',
    definition: { resourceTemplates: [{ uriTemplate: 'note://{name}', name: 'Notes' }] },
  },
  { selector: 'resources/subscribe', definition: {} },
  {
    selector: 'prompts/get',
    definition: {
      prompts: [{ name: 'greet', arguments: [{ name: 'who', required: true }] }, { name: 'secret' }],
    },
  },
  { selector: 'completion/complete', definition: {} },
]

/** The selectors of everything it offers. */
export const scriptedSelectors: readonly string[] = scriptedDefinitions.map(({ selector }) => selector)

/** Terms that allow any arguments. */
export const anything: JsonObject = { '*': { arguments: {}, open: true } }

/** The driver, attached. */
export class ScriptedDriver {
  readonly seen: { readonly selector: string; readonly body: string; readonly trace: Json | undefined }[] = []
  /** Calls of `wait` that were withdrawn. */
  withdrawn = 0
  /** What `report` waits for between its notices and its answer. */
  heard: () => Promise<unknown> = () => Promise.resolve()
  #client: WireClient | null = null

  async attach(kernel: KernelProcess, name: string): Promise<void> {
    this.#client = await kernel.driver(name, scriptedDefinitions, (request) => this.#serve(request))
  }

  /** Tells the kernel something that concerns no call. */
  tell(header: JsonObject): void {
    this.#client?.notice(header)
  }

  async #serve(request: IncomingRequest): Promise<Served> {
    const { op, selector, trace } = request.header as { readonly [name: string]: Json | undefined }
    if (op === 'list') return resourcePage(request.header['cursor'])
    const body = Buffer.from(request.body).toString()
    this.seen.push({ selector: typeof selector === 'string' ? selector : '', body, trace })
    switch (selector) {
      case 'tools/report':
        return report(request, this.heard)
      case 'tools/ask':
        return this.#ask(request, 'client/elicitation', {
          message: 'Which colour?',
          requestedSchema: { type: 'object', properties: { colour: { type: 'string' } } },
        })
      case 'tools/sample':
        return this.#ask(request, 'client/sampling', {
          messages: [{ role: 'user', content: { type: 'text', text: 'Say hi.' } }],
          maxTokens: 10,
        })
      case 'tools/fail':
        return done('failed', { code: -32_603, message: 'it broke' }, { form: 'error' })
      case 'tools/wait':
        return this.#wait(request)
      case 'resources/read':
        return done('done', {
          contents: [{ uri: (JSON.parse(body) as { uri: string }).uri, text: 'a note' }],
        })
      case 'resources/subscribe':
        return done('done', {})
      case 'prompts/get':
        return done('done', { messages: [{ role: 'user', content: { type: 'text', text: body } }] })
      case 'completion/complete':
        return done('done', { completion: { values: [body] } })
      default:
        return done('done', { content: [{ type: 'text', text: body }] })
    }
  }

  async #ask({ header }: IncomingRequest, selector: string, params: JsonObject): Promise<Served> {
    const call = header['call'] as number
    const answer = await this.#client?.request(
      { op: 'ask', call, selector, key: 'question' },
      Buffer.from(JSON.stringify(params)),
    )
    const text =
      answer?.kind === 'reply'
        ? Buffer.from(answer.body).toString()
        : answer?.kind === 'refusal'
          ? answer.refusal.message
          : 'gone'
    return done('done', { content: [{ type: 'text', text }] })
  }

  async #wait({ signal }: IncomingRequest): Promise<Served> {
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    this.withdrawn += 1
    return done('failed', {})
  }
}

async function report(request: IncomingRequest, heard: () => Promise<unknown>): Promise<Served> {
  request.notice({ event: 'progress', progress: 1, total: 2, message: 'half' })
  request.notice({ event: 'progress', progress: 2, total: 2 })
  request.notice({ event: 'log', level: 'info', logger: 'l' }, Buffer.from('{"said":1}'))
  await heard()
  return done('done', { content: [{ type: 'text', text: 'reported' }] })
}

function resourcePage(cursor: Json | undefined): Served {
  const at = typeof cursor === 'string' ? Number(cursor) : 0
  const resources = Array.from({ length: 3 }, (_, n) => ({ uri: `note://${at + n}`, name: `note ${at + n}` }))
  return {
    kind: 'reply',
    header: { next: at + 3 < 6 ? String(at + 3) : null },
    body: Buffer.from(JSON.stringify(resources)),
  }
}

function done(outcome: string, result: JsonObject, header: JsonObject = {}): Served {
  return { kind: 'reply', header: { outcome, ...header }, body: Buffer.from(JSON.stringify(result)) }
}
