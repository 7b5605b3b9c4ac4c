/**
 * A legacy server that makes no tasks but has work that takes time, fails, and asks: what the `tasks-*`
 * scenarios of the suite call. The tasks they then see are the gateway's. It is of the legacy era because only
 * there a tool says whether it expects to be a task.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { serve } from './http-server.mjs'
import { say, sdk } from './sdk.mjs'

/** What the client answered to one form of one field, or undefined when it did not accept. */
const ask = async (request, message, name, type) => {
  const requestedSchema = { type: 'object', properties: { [name]: { type } }, required: [name] }
  const params = { mode: 'form', message, requestedSchema }
  const { action, content } = await request.send({ method: 'elicitation/create', params })
  return action === 'accept' ? content?.[name] : undefined
}

/** Long enough to be a task by then, short enough for the suite. */
const workMs = 800

const jobs = {
  greet: { properties: { name: { type: 'string' } }, run: ({ name }) => say(`Hello, ${name}!`) },
  slow_compute: {
    properties: { seconds: { type: 'number' }, label: { type: 'string' } },
    taskSupport: 'optional',
    run: async ({ seconds, label }, { signal }) => {
      await pause(seconds * 1000, undefined, { signal })
      return say(`${label}: computed for ${seconds} s`)
    },
  },
  failing_job: {
    taskSupport: 'required',
    run: async () => {
      await pause(workMs)
      return { ...say('This job always fails.'), isError: true }
    },
  },
  protocol_error_job: {
    taskSupport: 'optional',
    run: async () => {
      await pause(workMs)
      throw new sdk.ProtocolError(sdk.ProtocolErrorCode.InternalError, 'The server broke.')
    },
  },
  confirm_delete: {
    properties: { filename: { type: 'string' } },
    taskSupport: 'optional',
    run: async ({ filename }, request) => {
      await pause(workMs)
      const isSure = await ask(request, `Delete ${filename}?`, 'confirm', 'boolean')
      return say(`${filename}: ${isSure === true ? 'deleted' : 'kept'}`)
    },
  },
  multi_input: {
    taskSupport: 'optional',
    run: async (_args, request) => {
      await pause(workMs)
      const answers = [ask(request, 'Name?', 'name', 'string'), ask(request, 'Sure?', 'confirm', 'boolean')]
      return say((await Promise.all(answers)).join(' and '))
    },
  },
  test_tool_with_task: {
    taskSupport: 'required',
    run: async (_args, request) => {
      const name = await ask(request, 'Who?', 'name', 'string')
      await pause(workMs)
      return say(`Done for ${name}.`)
    },
  },
}

serve(['legacy'], () => {
  const server = new sdk.Server({ name: 'jobs', version: '1.0.0' }, { capabilities: { tools: {} } })
  const tools = Object.entries(jobs).map(([name, { properties = {}, taskSupport }]) => ({
    name,
    description: `A job (${name})`,
    inputSchema: { type: 'object', properties },
    ...(taskSupport === undefined ? {} : { execution: { taskSupport } }),
  }))
  server.setRequestHandler('tools/list', () => ({ tools }))
  server.setRequestHandler('tools/call', ({ params }, ctx) => {
    const job = jobs[params.name]
    if (job === undefined) throw new sdk.ProtocolError(sdk.ProtocolErrorCode.InvalidParams, 'no such tool')
    return job.run(params.arguments ?? {}, ctx.mcpReq)
  })
  return server
})
