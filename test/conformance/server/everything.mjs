/**
 * The server that the official conformance suite is run against, directly and through Custos: every tool,
 * resource and prompt that its scenarios ask for, in both eras, or with `legacy` on its command line only in that.
 */
import { addAskingTools, addContentTools } from './content-tools.mjs'
import { serve } from './http-server.mjs'
import { addPrompts, addResources, addRest } from './resources-and-prompts.mjs'
import { addRoundTools, verifyState } from './round-tools.mjs'
import { sdk } from './sdk.mjs'

const eras = process.argv.includes('legacy') ? ['legacy'] : ['legacy', 'modern']

serve(eras, (notify) => {
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
  return server
})
