/**
 * An SDK server with every feature, for tests of both eras over both transports: what the conformance suite asks
 * for, a tool that says when it begins and hangs until it is given up, and one that says that everything has
 * changed. Arguments: `stdio` or `http`, and `legacy`, `modern` or `dual`. Over HTTP it writes its URL to standard
 * output as JSON.
 */
import { createRequire } from 'node:module'
import { addAskingTools, addContentTools } from '../conformance/server/content-tools.mjs'
import { serve } from '../conformance/server/http-server.mjs'
import { addPrompts, addResources, addRest } from '../conformance/server/resources-and-prompts.mjs'
import { addRoundTools, verifyState } from '../conformance/server/round-tools.mjs'
import { say, schema, sdk } from '../conformance/server/sdk.mjs'

const packages = createRequire(new URL('../../node_modules/.custos-servers/package.json', import.meta.url))
const { serveStdio, StdioServerTransport } = packages('@modelcontextprotocol/server/stdio')
const [transport, era] = process.argv.slice(2)
const given = []

function create(notify) {
  const capabilities = {
    tools: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    prompts: { listChanged: true },
    logging: {},
    completions: {},
  }
  const options = { capabilities, requestState: { verify: verifyState } }
  const server = new sdk.McpServer({ name: 'everything', version: '1.0.0' }, options)
  addContentTools(server, notify)
  addAskingTools(server)
  addRoundTools(server)
  addResources(server)
  addPrompts(server)
  addRest(server)
  addMore(server)
  return server
}

function addMore(server) {
  const inputSchema = schema({ of: { type: 'string' } })
  server.registerTool('hang', { description: 'Hangs until it is given up', inputSchema }, ({ of }, ctx) => {
    return new Promise((resolve) => {
      ctx.mcpReq.signal.addEventListener('abort', () => {
        given.push(of ?? '')
        resolve(say('given up'))
      })
      const progressToken = ctx.mcpReq._meta?.progressToken
      if (progressToken === undefined) return
      void ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
    })
  })
  server.registerTool('given-up', { description: 'What was given up', inputSchema }, () =>
    say(given.join(' ')),
  )
  server.registerTool('tell', { description: 'Tells of changes', inputSchema }, async ({ of }) => {
    if (of === undefined) server.sendResourceListChanged()
    else await server.server.sendResourceUpdated({ uri: of })
    return say('told')
  })
  server.registerTool('meta', { description: 'Tells the metadata', inputSchema }, (_args, ctx) =>
    say(JSON.stringify({ ...ctx.mcpReq._meta, ...ctx.mcpReq.envelope })),
  )
}

if (transport === 'http') serve(era === 'dual' ? ['legacy', 'modern'] : [era], create)
else if (era === 'legacy') await create().connect(new StdioServerTransport())
else serveStdio(() => create(), { legacy: era === 'modern' ? 'reject' : 'serve' })
