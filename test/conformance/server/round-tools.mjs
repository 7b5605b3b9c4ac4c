/**
 * Tools and a prompt that ask in rounds, as servers of the stateless revision do: they answer with what they
 * need until the retried request brings it. State that goes through the client is sealed by the SDK's codec.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { say, schema, sdk, text } from './sdk.mjs'

const { acceptedContent, inputRequired } = sdk

const states = sdk.createRequestStateCodec({ key: randomBytes(32) })

/** Verifies state that comes back, before any handler sees it. */
export const verifyState = states.verify

const fresh = (what) => states.mint({ ...what, nonce: randomUUID() })

const form = (message, name, type = 'string') =>
  inputRequired.elicit({
    message,
    requestedSchema: { type: 'object', properties: { [name]: { type } }, required: [name] },
  })

const completion = (words, maxTokens = 50) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: text(words) }], maxTokens })

const nameForm = () => form('What is your name?', 'name')

/** Registers them. */
export function addRoundTools(server) {
  const add = (name, handler) => {
    const inputSchema = schema()
    server.registerTool(name, { description: `Asks in rounds (${name})`, inputSchema }, (_args, { mcpReq }) =>
      handler(mcpReq, mcpReq.inputResponses),
    )
  }
  addSingleRounds(add)
  addStateful(add)
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Asks before it answers' },
    (ctx) => {
      const given = acceptedContent(ctx.mcpReq.inputResponses, 'user_context')
      if (typeof given?.context !== 'string')
        return inputRequired({ inputRequests: { user_context: form('Which context?', 'context') } })
      return { messages: [{ role: 'user', content: text(`Use the following context: ${given.context}`) }] }
    },
  )
}

function addSingleRounds(add) {
  add('test_missing_capability', (_request, responses) =>
    responses?.llm_answer === undefined
      ? inputRequired({ inputRequests: { llm_answer: completion('Say pong.') } })
      : say('sampled'),
  )
  add('test_input_required_result_elicitation', (_request, responses) => {
    const name = acceptedContent(responses, 'user_name')?.name
    if (typeof name === 'string') return say(`Hello, ${name}!`)
    return inputRequired({ inputRequests: { user_name: nameForm() } })
  })
  add('test_input_required_result_sampling', (_request, responses) => {
    const answer = responses?.capital_question
    if (answer !== undefined)
      return say(`Sampling response: ${answer.content?.text ?? JSON.stringify(answer)}`)
    return inputRequired({
      inputRequests: { capital_question: completion('What is the capital of France?') },
    })
  })
  add('test_input_required_result_list_roots', (_request, responses) => {
    const roots = responses?.client_roots?.roots
    if (Array.isArray(roots)) return say(`${roots.length} roots: ${roots.map(({ uri }) => uri).join(', ')}`)
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
  })
  add('test_input_required_result_capabilities', ({ envelope }, responses) => {
    if (responses !== undefined) return say('done')
    const declared = envelope?.[sdk.CLIENT_CAPABILITIES_META_KEY] ?? {}
    const inputRequests = {
      ...(declared.elicitation === undefined ? {} : { user_name: nameForm() }),
      ...(declared.sampling === undefined ? {} : { greeting: completion('Greet.') }),
      ...(declared.roots === undefined ? {} : { client_roots: inputRequired.listRoots() }),
    }
    return Object.keys(inputRequests).length === 0
      ? say('nothing can be asked')
      : inputRequired({ inputRequests })
  })
}

function addStateful(add) {
  const confirmed = (responses) => acceptedContent(responses, 'confirm') !== undefined
  const confirm = () => form('Please confirm', 'ok', 'boolean')
  for (const [name, words] of [
    ['test_input_required_result_request_state', 'state-ok'],
    ['test_input_required_result_tampered_state', 'integrity-ok'],
  ]) {
    add(name, async (request, responses) => {
      if (confirmed(responses) && request.requestState() !== undefined) return say(words)
      return inputRequired({ inputRequests: { confirm: confirm() }, requestState: await fresh({ name }) })
    })
  }
  add('test_input_required_result_multiple_inputs', async (_request, responses) => {
    const name = acceptedContent(responses, 'user_name')?.name
    const greeting = responses?.greeting?.content?.text
    const roots = responses?.client_roots?.roots
    if (typeof name === 'string' && typeof greeting === 'string' && Array.isArray(roots))
      return say(`${greeting} ${name}, ${roots.length} roots`)
    const inputRequests = {
      user_name: nameForm(),
      greeting: completion('Generate a greeting'),
      client_roots: inputRequired.listRoots(),
    }
    return inputRequired({ inputRequests, requestState: await fresh({ tool: 'multiple' }) })
  })
  add('test_input_required_result_multi_round', async (request, responses) => {
    const { round = 0, name } = request.requestState() ?? {}
    if (round === 0) {
      const inputRequests = { step1: form('Step 1: What is your name?', 'name') }
      return inputRequired({ inputRequests, requestState: await fresh({ round: 1 }) })
    }
    if (round === 1) {
      const given = acceptedContent(responses, 'step1')?.name ?? 'unknown'
      const inputRequests = { step2: form('Step 2: What is your favorite color?', 'color') }
      return inputRequired({ inputRequests, requestState: await fresh({ round: 2, name: given }) })
    }
    return say(`${name} likes ${acceptedContent(responses, 'step2')?.color ?? 'unknown'}`)
  })
}
