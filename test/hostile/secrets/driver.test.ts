/** A driver's program uses a secret over TLS that the proxy opens, and never has it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { until } from '../../harness/world.ts'
import { SecretWorld, canary, host } from './secret-world.ts'

const program = new URL('../../acceptance/run/curious-server.mjs', import.meta.url).pathname
const world = new SecretWorld()

before(async () => {
  await world.start()
  await world.cli.must('run', '--', 'true')
  const words = ['--network', '--', process.execPath, program]
  await world.cli.must('driver', 'add', 'curious', '--cwd', world.cli.work, ...words)
  const granted = ['--driver', 'curious', '--port', String(world.port), '--address', '127.0.0.1']
  await world.addSecret('api', ...granted)
})
after(() => world.remove())

test('the server gets the secret, and the program neither sees it nor gets it back', async () => {
  const agent = await world.cli.agent('ada')
  await world.cli.must('grant', 'ada', 'curious', '*', '--open')
  const ask = async (tool: string, what: string): Promise<string> => {
    const answer = await agent.tool('curious', tool)({ what })
    if (!answer.ok) return JSON.stringify(answer)
    const { content } = answer.result as JsonObject
    return ((content as readonly JsonObject[])[0]?.['text'] as string | undefined) ?? ''
  }
  const url = `https://${host}:${world.port}/whoami`
  const said = await until(async () => {
    const text = await ask('fetch', url)
    return text.startsWith('200') ? text : null
  }, 'the gate to answer')
  assert.equal(world.received.at(-1)?.headers['authorization'], `Bearer ${canary}`)
  assert.equal(said.includes(canary), false)
  assert.equal((await ask('environment', '')).includes(canary), false)
  agent.close()
})
