/**
 * The client that the official conformance suite runs: `node test/conformance/client.ts URL`, with the scenario in
 * the environment. What it drives is what an adapter drives: the session, the HTTP link and the OAuth login of this
 * repository. Only the two people are played here: the agent that answers questions, and the operator who runs
 * `custos driver login` whenever the link says that it must be run.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { isJsonObject } from '../../src/base/json.ts'
import type { Definition } from '../../src/driver/definition.ts'
import { meetServer } from '../../src/driver/mcp/meet-server.ts'
import type { AskAnswer, CallAnswer, ServerSession } from '../../src/driver/mcp/session.ts'
import type { HttpProgram, ReverseSelector } from '../../src/kernel/manifest.ts'
import { OperatedAuthorization } from './operated-authorization.ts'

const everything: readonly ReverseSelector[] = ['client/roots', 'client/sampling', 'client/elicitation']

/** What a scenario is given. */
interface Scene {
  readonly session: ServerSession
  readonly definitions: readonly Definition[]
  /** What the suite says about the scenario. */
  readonly context: JsonObject
  readonly call: (selector: string, args: Json) => Promise<CallAnswer>
}

type Play = (scene: Scene) => Promise<void>

const listOnly: Play = () => Promise.resolve()

const plays: { readonly [scenario: string]: Play } = {
  initialize: listOnly,
  'request-metadata': listOnly,
  'json-schema-ref-no-deref': listOnly,
  tools_call: async ({ call }) => void (await call('tools/add_numbers', { a: 5, b: 3 })),
  'sse-retry': async ({ call }) => void (await call('tools/test_reconnection', {})),
  'elicitation-sep1034-client-defaults': async ({ call }) =>
    void (await call('tools/test_client_elicitation_defaults', {})),
  'json-schema-2020-12-preservation': async ({ call, definitions }) => {
    const focal = definitions.find(({ selector }) => selector === 'tools/json_schema_2020_12_tool')
    await call('tools/json_schema_echo', { schema: focal?.definition['inputSchema'] ?? null })
  },
  'http-standard-headers': async ({ call, definitions, session }) => {
    const tool = definitions.find(({ selector }) => selector.startsWith('tools/'))
    await call(tool?.selector ?? '', {})
    const page = await session.resources(null)
    if (page.ok) await call('resources/read', { uri: page.value.resources[0]?.['uri'] ?? '' })
    await call('prompts/get', { name: 'test_prompt', arguments: {} })
  },
  'http-custom-headers': async ({ call, context }) => {
    const calls = Array.isArray(context['toolCalls'])
      ? context['toolCalls'].filter((item) => isJsonObject(item))
      : []
    for (const { name, arguments: args } of calls)
      await call(`tools/${typeof name === 'string' ? name : ''}`, args ?? {})
  },
  'http-invalid-tool-headers': async ({ call, definitions }) => {
    for (const { selector } of definitions) await call(selector, { region: 'us-west1' })
  },
  'sep-2322-client-request-state': async ({ call }) => {
    for (const name of ['echo_state', 'no_state', 'unrelated', 'no_result_type'])
      await call(`tools/test_mrtr_${name}`, {})
  },
}

const authorized: Play = async ({ call }) => {
  const answer = await call('tools/test-tool', {})
  if (answer.outcome !== 'done') throw new Error(`test-tool: ${answer.reason}`)
}

/** Plays one scenario against the server at `url`. */
async function main(scenario: string, url: string, context: JsonObject): Promise<void> {
  const play = scenario.startsWith('auth/') ? authorized : plays[scenario]
  if (play === undefined) throw new Error(`${scenario} is not played here`)
  const folder = mkdtempSync(join(tmpdir(), 'custos-conformance-'))
  try {
    await meetAndPlay(
      play,
      { protocol: 'mcp-http', url, credential: join(folder, 'credential.json'), client: everything },
      context,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function meetAndPlay(play: Play, program: HttpProgram, context: JsonObject): Promise<void> {
  const ended = new AbortController()
  const met = await meetServer(program, {
    launch: () => {
      throw new Error('there is no program to start')
    },
    owner: { definitionsChanged() {}, resourceUpdated() {}, resourcesChanged() {}, ask: answerAsAgent },
    signal: ended.signal,
    http: { authorization: new OperatedAuthorization(program, context) },
  })
  if (!met.ok) throw new Error(met.error)
  const { session } = met.value
  try {
    const definitions = await session.definitions()
    if (!definitions.ok) throw new Error(definitions.error)
    session.listen()
    const call = (selector: string, args: Json): Promise<CallAnswer> => callAsAgent(session, selector, args)
    await play({ session, definitions: definitions.value, context, call })
  } finally {
    met.value.close('the scenario is over')
    await met.value.gone
  }
}

function callAsAgent(session: ServerSession, selector: string, args: Json): Promise<CallAnswer> {
  const caller = { progress() {}, log() {}, ask: answerAsAgent }
  return session.call({
    selector,
    args: Buffer.from(JSON.stringify(args)),
    answers: everything,
    progress: true,
    log: null,
    trace: null,
    caller,
  }).answer
}

/** An agent without a person: it accepts every form with what the form itself suggests, and samples nothing. */
function answerAsAgent(selector: ReverseSelector, params: Uint8Array): Promise<AskAnswer> {
  const asked = JSON.parse(Buffer.from(params).toString()) as Json
  const result = selector === 'client/roots' ? { roots: [] } : { action: 'accept', content: suggested(asked) }
  return Promise.resolve({ kind: 'answered', result: Buffer.from(JSON.stringify(result)) })
}

function suggested(asked: Json): JsonObject {
  const schema = isJsonObject(asked) ? asked['requestedSchema'] : null
  const properties = isJsonObject(schema) && isJsonObject(schema['properties']) ? schema['properties'] : {}
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) => {
      if (!isJsonObject(property)) return []
      if (property['default'] !== undefined) return [[name, property['default']]]
      return property['type'] === 'boolean' ? [[name, true]] : []
    }),
  )
}

const contextText = process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}'
await main(
  process.env['MCP_CONFORMANCE_SCENARIO'] ?? 'initialize',
  process.argv.at(-1) ?? '',
  JSON.parse(contextText) as JsonObject,
)
