/**
 * `custos unused --narrow` as a person uses it: what nobody used is gone after one signature, what was used works on,
 * and the ledger explains both.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { atCommandLine } from '../../harness/command-line-home.ts'

const server = new URL('../../harness/logging-server.mjs', import.meta.url).pathname

test('what was never used is taken away with one signature, and what was used works on', () =>
  atCommandLine(async (home) => {
    const log = join(home.work, 'log')
    await home.must('driver', 'add', 'box', '--writable', home.work, '--', 'node', server, log)
    const agent = await home.agent('ann')
    try {
      await home.must('grant', 'ann', 'box', 'act', 'hang', '--where', 'n range 1..100')
      await home.must('grant', 'ann', 'box', 'breed', '--open')
      const [box] = await agent.capabilities()
      const call = (n: number, selector = 'tools/act') =>
        agent.call({ selector, arguments: { n }, object: box?.object ?? 0 })
      for (const n of [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) assert.equal((await call(n)).ok, true)

      const before = JSON.parse((await home.must('unused', '--json')).stdout) as JsonObject
      assert.equal((before['findings'] as readonly JsonObject[]).length, 2)
      const left = await home.must('unused', '--narrow')
      assert.match(left.stdout, /Nothing is taken away/u, 'what is young is left alone')

      const { stdout } = await home.must('unused', '--narrow', '--also-young')
      assert.match(stdout, /Narrowed c1, recorded in #\d+\./u)
      assert.match(stdout, /Revoked c2, recorded in #\d+\./u)
      assert.equal((await call(5)).ok, true)
      const codes: string[] = []
      for (const asked of [call(50), call(5, 'tools/hang'), call(5, 'tools/breed')]) {
        const answer = await asked
        codes.push(answer.ok ? answer.outcome : answer.refusal.code)
      }
      assert.deepEqual(codes, ['argument-refused', 'revoked', 'revoked'])

      const narrowed = /Narrowed c1, recorded in #(?<seq>\d+)/u.exec(stdout)?.groups?.['seq'] ?? ''
      const why = JSON.parse((await home.must('why', narrowed, '--json')).stdout) as JsonObject
      assert.equal(why['sound'], true)
      const after = JSON.parse((await home.must('unused', '--json')).stdout) as JsonObject
      assert.deepEqual(after['findings'], [])
      const can = await home.run('can', 'ann', 'act', '{"n":50}')
      assert.equal(can.status, 1)
    } finally {
      agent.close()
    }
  }))
