/**
 * The questions of authority as a person asks them: `custos can`, `why`, `unused` and `review` against a running
 * kernel, each answer held against what then happens.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import type { World } from '../../harness/world.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

const program = new URL('../../../bin/custos.mjs', import.meta.url).pathname

interface Ran {
  readonly status: number
  readonly stdout: string
}

/** One run of the command on the world's home. */
async function custos({ home }: World, ...words: readonly string[]): Promise<Ran> {
  const env = { ...process.env, CUSTOS_HOME: home.folder }
  const child = spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close') as Promise<[number]>
  const [stdout, [status]] = await Promise.all([text(child.stdout), closed])
  return { status, stdout }
}

async function asked(
  world: World,
  ...words: readonly string[]
): Promise<JsonObject & { readonly status: number }> {
  const { status, stdout } = await custos(world, ...words, '--json')
  return { ...(JSON.parse(stdout) as JsonObject), status }
}

const where = { '*': { arguments: { path: { constraint: { within: '/data' } } } } } as const

test('can says what the gate then does, and leaves no trace of having been asked', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob, { selectors: ['tools/read'], where })
    await world.grant(bob, { selectors: ['tools/write'], where, ask: true })
    const before = world.events().length
    const yes = await asked(world, 'can', 'bob', 'read', '{"path":"/data/a"}')
    const no = await asked(world, 'can', 'bob', 'read', '{"path":"/etc/a"}')
    const ask = await asked(world, 'can', 'bob', 'write', '{"path":"/data/a"}')
    const not = await asked(world, 'can', 'bob', 'send', '{}')
    const bad = await asked(world, 'can', 'bob', 'read', '{"path":1,"path":2}')
    assert.equal(world.events().length, before, 'nothing was recorded')
    assert.deepEqual([yes.status, no.status, ask.status, not.status, bad.status], [0, 1, 0, 1, 1])
    assert.deepEqual([yes['answer'], ask['answer']], ['admitted', 'held'])
    assert.deepEqual(ask['deciders'], [{ operator: 1, name: 'ada', level: 'sovereign' }])
    assert.equal(bad['code'], 'bad-arguments')
    assert.equal(verdict(await call(bob, 'tools/read', { path: '/data/a' })), 'done')
    assert.equal(verdict(await call(bob, 'tools/read', { path: '/etc/a' })), no['code'])
    assert.equal(verdict(await call(bob, 'tools/send', {})), not['code'])
    const waiting = call(bob, 'tools/write', { path: '/data/a' })
    const [held] = await world.held()
    assert.equal((await asked(world, 'can', 'bob', 'write', '{"path":"/data/a"}'))['call'], held?.call)
    await world.operator.must({
      do: 'call.deny',
      call: held?.call ?? 0,
      digest: held?.digest ?? '',
      comment: '',
    })
    await waiting
    const words = (await custos(world, 'can', 'bob', 'read', '{"path":"/etc/a"}')).stdout
    assert.match(words, /no: argument-refused/u)
    assert.match(words, /capability, c1: argument-refused/u)
    assert.match(words, /capability, c2: selector-not-granted/u)
  }))

test('an agent cannot ask what another may do: the question is heard at the operators’ door alone', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const question = {
      op: 'query',
      what: 'can',
      process: bob.process,
      object: world.object,
      selector: 'tools/read',
    }
    const wire = await world.wire(bob)
    const answer = await wire.request(question, Buffer.from('{}'))
    assert.equal(answer.kind, 'refusal')
    wire.close()
    for (const lacking of ['process', 'object', 'selector']) {
      const asked = await world.operator.client.request({ ...question, [lacking]: null }, Buffer.from('{}'))
      assert.equal(asked.kind, 'refusal', lacking)
    }
  }))

test('why, unused and review tell one story of the same ledger', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const made = await world.grant(bob)
    for (const path of ['/data/a', '/data/b']) await call(bob, 'tools/read', { path })
    const admitted = world.events().findLast(({ kind }) => kind === 'call.admitted')
    assert.ok(admitted !== undefined)
    const why = await asked(world, 'why', String(admitted.seq))
    assert.equal(why.status, 0)
    assert.equal(why['sound'], true)
    const origins = why['origins'] as readonly JsonObject[]
    assert.deepEqual(
      origins.map(({ kind }) => kind),
      ['process', 'operator', 'driver', 'domain'],
    )
    assert.match((await custos(world, 'why', 'call-1')).stdout, /granted by operator ada \(sovereign\)/u)
    const unused = await asked(world, 'unused', '--since', '1d')
    const [finding] = unused['findings'] as readonly JsonObject[]
    assert.equal(finding?.['capability'], made.capability)
    assert.equal(finding['isYoung'], true)
    assert.deepEqual(
      (finding['rights'] as readonly JsonObject[]).map(({ selector }) => selector),
      ['tools/write', 'tools/send'].toSorted(),
    )
    const review = await asked(world, 'review')
    const [row] = review['rows'] as readonly JsonObject[]
    assert.deepEqual([row?.['uses'], row?.['lastUsedSeq']], [2, admitted.seq])
    const csv = (await custos(world, 'review', '--csv', '--agent', 'bob')).stdout.split('\r\n')
    assert.equal(csv.length, 3)
    assert.match(csv[1] ?? '', /,ada,sovereign,/u)
  }))
