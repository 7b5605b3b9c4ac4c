/** Tools that answer at once, one for each kind of content, and those that tell something on the way. */
import { setTimeout as pause } from 'node:timers/promises'
import { say, schema, sdk, text } from './sdk.mjs'

/** One red pixel. */
export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

const silence = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA='

/** Registers them; `notify` publishes list changes to modern subscribers. */
export function addContentTools(server, notify) {
  addPlain(server)
  addTelling(server)
  addSchemas(server)
  const changes = { tool: () => notify().toolsChanged(), prompt: () => notify().promptsChanged() }
  for (const [kind, change] of Object.entries(changes)) {
    server.registerTool(
      `test_trigger_${kind}_change`,
      { description: `Says that the ${kind}s changed` },
      () => {
        change()
        return say('published')
      },
    )
  }
}

function addPlain(server) {
  const embedded = (uri, mimeType, words) => ({ type: 'resource', resource: { uri, mimeType, text: words } })
  const picture = { type: 'image', data: pixel, mimeType: 'image/png' }
  const contents = {
    test_simple_text: [text('This is a simple text response for testing.')],
    test_image_content: [picture],
    test_audio_content: [{ type: 'audio', data: silence, mimeType: 'audio/wav' }],
    test_embedded_resource: [
      embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'),
    ],
    test_multiple_content_types: [
      text('Multiple content types test:'),
      picture,
      embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
    test_streaming_elicitation: [text('Nothing was asked.')],
  }
  for (const [name, content] of Object.entries(contents)) {
    server.registerTool(name, { description: `Answers with fixed content (${name})` }, () => ({ content }))
  }
  server.registerTool('test_error_handling', { description: 'Fails' }, () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
}

function addTelling(server) {
  const empty = { inputSchema: schema() }
  server.registerTool('test_logging_tool', { description: 'Logs one line', ...empty }, async (_args, ctx) => {
    await ctx.mcpReq.log('info', 'one line')
    return say('logged')
  })
  server.registerTool(
    'test_tool_with_logging',
    { description: 'Logs three lines', ...empty },
    async (_args, ctx) => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await ctx.mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } })
        await pause(50)
      }
      return say('Tool with logging executed successfully')
    },
  )
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Tells progress', ...empty },
    async (_args, ctx) => {
      const progressToken = ctx.mcpReq._meta?.progressToken
      for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
        const params = { progressToken, progress, total: 100, message: `${progress} of 100` }
        await ctx.mcpReq.notify({ method: 'notifications/progress', params })
        await pause(50)
      }
      return say(String(progressToken ?? 'no token'))
    },
  )
  const closing = { description: 'Closes its stream and answers on the next', ...empty }
  server.registerTool('test_reconnection', closing, async (_args, ctx) => {
    ctx.http?.closeSSE?.()
    await pause(100)
    return say('The client came back.')
  })
}

function addSchemas(server) {
  const mirrored = {
    description: 'Mirrors an argument into a header',
    inputSchema: schema({
      region: { type: 'string', description: 'Where', 'x-mcp-header': 'Region' },
      level: { type: 'integer', description: 'How high' },
    }),
  }
  server.registerTool('test_x_mcp_header', mirrored, ({ region }) => say(`region=${region ?? 'none'}`))
  const everyKeyword = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  }
  const properties = {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  }
  server.registerTool(
    'json_schema_2020_12_tool',
    { description: 'Takes what JSON Schema 2020-12 can say', inputSchema: schema(properties, everyKeyword) },
    (args) => say(JSON.stringify(args)),
  )
}

/**
 * Tools that ask the client, in whichever way the era has: the SDK makes requests of its own of what they need
 * for a client of the legacy era.
 */
export function addAskingTools(server) {
  const asking = (name, inputSchema, requestOf, wordsOf) => {
    const description = `Asks the client (${name})`
    server.registerTool(name, { description, inputSchema }, (args, { mcpReq }) => {
      const answer = mcpReq.inputResponses?.answer
      if (answer !== undefined) return say(wordsOf(answer))
      return sdk.inputRequired({ inputRequests: { answer: requestOf(args) } })
    })
  }
  const words = { type: 'string' }
  const asked = ({ action, content }) =>
    `Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`
  asking(
    'test_sampling',
    schema({ prompt: words }, { required: ['prompt'] }),
    ({ prompt }) =>
      sdk.inputRequired.createMessage({
        messages: [{ role: 'user', content: text(prompt) }],
        maxTokens: 100,
      }),
    ({ content }) => `LLM response: ${content?.text ?? 'none'}`,
  )
  const form = (message, properties, required = []) =>
    sdk.inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, required } })
  asking(
    'test_elicitation',
    schema({ message: words }, { required: ['message'] }),
    ({ message }) => form(message, { response: { ...words, description: 'Your answer' } }, ['response']),
    ({ action, content }) => `User response: action=${action}, content=${JSON.stringify(content ?? {})}`,
  )
  asking('test_elicitation_sep1034_defaults', schema(), () => form('Please review', defaults), asked)
  asking('test_elicitation_sep1330_enums', schema(), () => form('Please choose', choices), asked)
}

const defaults = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
}

const titled = (...names) => names.map((name) => ({ const: name, title: `The ${name}` }))

const choices = {
  untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
  titledSingle: { type: 'string', oneOf: titled('value1', 'value2', 'value3') },
  legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
  untitledMulti: {
    type: 'array',
    minItems: 1,
    maxItems: 3,
    items: { type: 'string', enum: ['option1', 'option2', 'option3'] },
  },
  titledMulti: {
    type: 'array',
    minItems: 1,
    maxItems: 3,
    items: { anyOf: titled('value1', 'value2', 'value3') },
  },
}
