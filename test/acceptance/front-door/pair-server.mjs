/**
 * A server that speaks exactly one revision, with every feature of MCP: what the pairs of revisions are run
 * against. Its lists come in pages, it remembers what it saw, and it can change its mind about one tool. Made of
 * the SDK's low-level server, which leaves paging to its user. Arguments: `stdio` or `http`, the revision, and a
 * file with the mood of the fickle tool, which outlives the program.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { serve } from '../../conformance/server/http-server.mjs'
import { say, sdk, text } from '../../conformance/server/sdk.mjs'

const packages = createRequire(new URL('../../../node_modules/.custos-servers/package.json', import.meta.url))
const { serveStdio, StdioServerTransport } = packages('@modelcontextprotocol/server/stdio')
const { inputRequired } = sdk
const [transport, revision, moodFile] = process.argv.slice(2)
const isModern = revision === '2026-07-28'
const pageSize = 90
/** What outlives a request; the stateless revision has a new server for each. */
const state = { withdrawn: [], running: [] }
const mood = () => (existsSync(moodFile) ? readFileSync(moodFile, 'utf8') : 'calm')

const fillers = Array.from({ length: 205 }, (_, index) => String(index).padStart(3, '0'))
const words = { type: 'string' }
const object = (properties = {}) => ({ type: 'object', properties })

const tools = {
  echo: {
    inputSchema: object({ text: words }),
    outputSchema: { ...object({ said: words }), required: ['said'] },
    call: ({ text: said }) => ({ ...say(JSON.stringify({ said })), structuredContent: { said } }),
  },
  spoken: { call: (_args, ctx, server) => say(spokenIn(ctx, server)) },
  fail: { call: () => ({ ...say('it went wrong'), isError: true }) },
  break: {
    call: () => {
      throw new sdk.ProtocolError(-32_602, 'not like that', { why: 'because' })
    },
  },
  advance: { call: advance },
  tell: { call: tellLog },
  hang: { inputSchema: object({ mark: words }), call: hang },
  withdrawn: { call: () => say(state.withdrawn.join(' ')) },
  running: { call: () => say(state.running.join(' ')) },
  colour: { call: asking('colour', () => elicit('Which colour?', { colour: words })) },
  browse: { call: asking('browse', () => inputRequired.elicitUrl(page)) },
  think: { call: asking('think', () => sample('Think of a number.')) },
  roots: { call: asking('roots', () => inputRequired.listRoots()) },
  large: {
    inputSchema: object({ bytes: { type: 'integer' } }),
    call: ({ bytes }) => say('x'.repeat(bytes)),
  },
  measure: { inputSchema: object({ text: words }), call: ({ text: long }) => say(String(long.length)) },
  touch: { inputSchema: object({ uri: words }), call: touch },
  alter: { inputSchema: object({ mood: words }), call: alter },
  fickle: { call: () => say(`I am ${mood()}`) },
}
const page = { message: 'Sign in, please.', url: 'http://127.0.0.1/sign-in' }

function listedTools() {
  const own = Object.entries(tools).map(([name, { inputSchema = object(), outputSchema }]) => ({
    name,
    description: name === 'fickle' ? `A ${mood()} tool` : `The tool ${name}`,
    inputSchema,
    ...(outputSchema === undefined ? {} : { outputSchema }),
    annotations: { readOnlyHint: true },
  }))
  return [...own, ...fillers.map((name) => ({ name: `filler-${name}`, inputSchema: object() }))]
}

function elicit(message, properties) {
  return inputRequired.elicit({ message, requestedSchema: object(properties) })
}

function sample(prompt) {
  return inputRequired.createMessage({ messages: [{ role: 'user', content: text(prompt) }], maxTokens: 9 })
}

/** Asks once, in whichever way the era has, and says what was answered. */
function asking(key, request) {
  return (_args, { mcpReq }) => {
    const answer = mcpReq.inputResponses?.[key]
    if (answer !== undefined) return say(JSON.stringify(answer))
    return inputRequired({ inputRequests: { [key]: request() } })
  }
}

async function advance(_args, { mcpReq }) {
  const progressToken = mcpReq._meta?.progressToken
  if (progressToken === undefined) return say('nobody wants to know')
  for (const progress of [1, 2, 3]) {
    const params = { progressToken, progress, total: 3, message: `step ${progress}` }
    await mcpReq.notify({ method: 'notifications/progress', params })
  }
  return say('there')
}

async function tellLog(_args, { mcpReq }) {
  await mcpReq.log('info', { heard: 'ünï' }, 'pair')
  return say('told')
}

function hang({ mark = '' }, { mcpReq }) {
  state.running.push(mark)
  return new Promise((resolve) => {
    mcpReq.signal.addEventListener('abort', () => {
      state.withdrawn.push(mark)
      resolve(say('withdrawn'))
    })
  })
}

async function touch({ uri }, _ctx, server, notify) {
  if (transport === 'http' && isModern) notify().resourceUpdated(uri)
  else await server.sendResourceUpdated({ uri })
  return say('touched')
}

/** Changes once the answer is out, because the change may end this program. */
function alter({ mood: next }, _ctx, server, notify) {
  setTimeout(() => {
    writeFileSync(moodFile, next)
    if (transport === 'http' && isModern) notify().toolsChanged()
    else void server.sendToolListChanged()
  }, 50)
  return say('in a moment')
}

function spokenIn({ mcpReq }, server) {
  return String(mcpReq.envelope?.[sdk.PROTOCOL_VERSION_META_KEY] ?? server.getNegotiatedProtocolVersion())
}

/** One page of a list. */
function paged(member, items) {
  return ({ params }) => {
    const start = Number(params?.cursor ?? 0)
    const end = start + pageSize
    const more = end < items().length ? { nextCursor: String(end) } : {}
    return { [member]: items().slice(start, end), ...more }
  }
}

const resources = fillers.map((name) => ({ uri: `note://${name}`, name: `note ${name}` }))
const templates = fillers.map((name) => ({ uriTemplate: `note://${name}/{part}`, name: `part of ${name}` }))
const prompts = [
  { name: 'greet', description: 'Greets', arguments: [{ name: 'who', required: true }] },
  ...fillers.map((name) => ({ name: `prompt-${name}` })),
]

function readResource({ params: { uri } }) {
  if (!uri.startsWith('note://')) throw new sdk.ResourceNotFoundError(uri)
  return { contents: [{ uri, mimeType: 'text/plain', text: `The text of ${uri} — ünï` }] }
}

function getPrompt({ params }) {
  const who = params.arguments?.who ?? 'nobody'
  return { messages: [{ role: 'user', content: text(`Hello, ${who}!`) }] }
}

const complete = ({ params }) => ({
  completion: { values: [`${params.argument.value}-completed`], total: 1, hasMore: false },
})

function create(notify) {
  const server = new sdk.Server(
    { name: 'pair', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      ...(isModern ? {} : { supportedProtocolVersions: [revision] }),
    },
  )
  server.setRequestHandler('tools/list', paged('tools', listedTools))
  server.setRequestHandler(
    'resources/list',
    paged('resources', () => resources),
  )
  server.setRequestHandler(
    'resources/templates/list',
    paged('resourceTemplates', () => templates),
  )
  server.setRequestHandler(
    'prompts/list',
    paged('prompts', () => prompts),
  )
  server.setRequestHandler('tools/call', ({ params }, ctx) => {
    const tool = tools[params.name]
    if (tool === undefined) throw new sdk.ProtocolError(-32_602, `there is no ${params.name}`)
    return tool.call(params.arguments ?? {}, ctx, server, notify)
  })
  server.setRequestHandler('resources/read', readResource)
  server.setRequestHandler('resources/subscribe', () => ({}))
  server.setRequestHandler('resources/unsubscribe', () => ({}))
  server.setRequestHandler('prompts/get', getPrompt)
  server.setRequestHandler('completion/complete', complete)
  return server
}

if (transport === 'http') serve([isModern ? 'modern' : 'legacy'], create)
else if (isModern) serveStdio(() => create(), { legacy: 'reject' })
else await create().connect(new StdioServerTransport())
