/** Several kernels under one supervisor: who starts, who outlives whom, and what a halt of one domain leaves alone. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ledgerEvents, ofKind } from '../../harness/ledger-events.ts'
import type { SupervisedHome, SupervisedUnit } from '../../harness/supervised-home.ts'
import { supervised } from '../../harness/supervised-home.ts'
import { until } from '../../harness/world.ts'

/** Waits until exactly these kernels serve, and returns their units. */
function kernels(home: SupervisedHome, ...names: readonly string[]): Promise<readonly SupervisedUnit[]> {
  return until(
    async () => {
      const units = (await home.units().catch(() => [])).filter(({ kind }) => kind === 'kernel')
      const running = units.filter(({ state }) => state === 'running').map(({ unit }) => unit)
      return running.toSorted().join(' ') === names.toSorted().join(' ') ? units : null
    },
    `the kernels ${names.join(', ')}: ${home.stderr}`,
  )
}

async function register(home: SupervisedHome, name: string): Promise<void> {
  const sovereign = await home.operator('sovereign')
  await sovereign.must({ do: 'domain.register', name, weight: 100 })
  sovereign.client.close()
  const operator = await home.operator(name)
  operator.client.close()
}

const files = (home: SupervisedHome, name: string): string => join(home.home.folder, 'supervisor', name)

test('the sovereign starts first, and every domain that it registers gets a kernel', () =>
  supervised(async (home) => {
    await kernels(home, 'kernel', 'kernel-sovereign')
    await register(home, 'b')
    const units = await kernels(home, 'kernel', 'kernel-sovereign', 'kernel-b')
    assert.deepEqual(units.map(({ unit }) => unit)[0], 'kernel-sovereign')
    const sovereign = await home.operator('sovereign')
    await sovereign.must({ do: 'domain.remove', name: 'b' })
    await kernels(home, 'kernel', 'kernel-sovereign')
    sovereign.client.close()
  }, 'sovereign'))

test('members work on when the sovereign’s kernel is gone, and start without it from what it said last', () =>
  supervised(async (home) => {
    await register(home, 'b')
    const sovereign = (await home.units()).find(({ unit }) => unit === 'kernel-sovereign')
    const member = (await home.units()).find(({ unit }) => unit === 'kernel-b')
    process.kill(sovereign?.pid ?? 0, 'SIGKILL')
    await until(
      async () =>
        (await home.units()).some((unit) => unit.unit === 'kernel-sovereign' && unit.restarts > 0)
          ? true
          : null,
      'the sovereign to be restarted',
    )
    assert.equal((await home.units()).find(({ unit }) => unit === 'kernel-b')?.pid, member?.pid)
    await home.kill()
    // A sovereign that cannot open its ledger never serves.
    writeFileSync(join(home.home.folder, 'keys', 'sovereign.ledger'), 'spoilt')
    await home.start()
    await kernels(home, 'kernel', 'kernel-b')
    assert.ok(existsSync(files(home, 'statements/b.json')))
  }, 'sovereign'))

test('a halted domain stands still until its own resume, and nobody else notices', () =>
  supervised(async (home) => {
    await register(home, 'b')
    const before = await kernels(home, 'kernel', 'kernel-sovereign', 'kernel-b')
    const { header } = await home.ask({ op: 'halt', domain: 'b', by: 'ada', reason: 'a look' })
    assert.equal(header['killed'], 1)
    assert.ok(existsSync(files(home, 'halts/b')))
    const after = await kernels(home, 'kernel', 'kernel-sovereign', 'kernel-b')
    for (const name of ['kernel', 'kernel-sovereign'])
      assert.equal(pidOf(after, name), pidOf(before, name), `${name} was restarted`)
    const operator = await home.operator('b')
    const refused = await operator.order({ do: 'agent.add', name: 'x', tokenDigest: '0'.repeat(64) })
    assert.equal(refused.kind === 'refusal' ? refused.refusal.code : refused.kind, 'halted')
    await operator.must({ do: 'domain.resume' })
    await until(() => (existsSync(files(home, 'halts/b')) ? null : true), 'the halt file to be removed')
    await operator.must({ do: 'agent.add', name: 'x', tokenDigest: '0'.repeat(64) })
    operator.client.close()
    const ledger = join(home.home.folder, 'domains', 'b', 'ledger')
    const halted = await until(() => {
      const events = ofKind(ledgerEvents(ledger), 'domain.halted')
      return events.find(({ body }) => body.deadMicros !== undefined) ?? null
    }, 'what the halt did')
    assert.equal(halted.body.reason, 'a look')
    assert.ok((halted.body.killMicros ?? Infinity) < 5_000_000, 'it waited for nobody')
  }, 'sovereign'))

test('a halt of everything is lifted by the sovereign, and then in each domain by its own resume', () =>
  supervised(async (home) => {
    await register(home, 'b')
    await home.ask({ op: 'halt', by: 'ada', reason: 'all' })
    await kernels(home, 'kernel', 'kernel-sovereign', 'kernel-b')
    const [member, sovereign] = [await home.operator('b'), await home.operator('sovereign')]
    await member.must({ do: 'domain.resume' })
    assert.ok(existsSync(files(home, 'halt')), 'a member does not lift the halt of everything')
    await sovereign.must({ do: 'domain.resume' })
    await until(() => (existsSync(files(home, 'halt')) ? null : true), 'the halt file to be removed')
    assert.ok(existsSync(files(home, 'halts/main')), 'what was not resumed stays halted')
    await until(() => (existsSync(files(home, 'halts/b')) ? null : true), 'what was resumed to stand no more')
    assert.match(readFileSync(files(home, 'halts/main'), 'utf8'), /"reason":"all"/u)
    const main = await home.operator()
    await main.must({ do: 'domain.resume' })
    await until(
      () => (existsSync(files(home, 'halts/main')) ? null : true),
      'the last halt file to be removed',
    )
    for (const { client } of [member, sovereign, main]) client.close()
  }, 'sovereign'))

test('a file that is put there halts a domain, and what is halted stays so over a restart of the supervisor', () =>
  supervised(async (home) => {
    await register(home, 'b')
    writeFileSync(files(home, 'halts/b'), '')
    await until(async () => {
      const halts = (await home.ask({ op: 'halts' })).body as readonly { readonly domain?: string }[]
      return halts.some(({ domain }) => domain === 'b') ? true : null
    }, 'the halt to be seen')
    await home.kill()
    await home.start()
    await kernels(home, 'kernel', 'kernel-sovereign', 'kernel-b')
    const operator = await home.operator('b')
    const refused = await operator.order({ do: 'agent.add', name: 'x', tokenDigest: '0'.repeat(64) })
    assert.equal(refused.kind === 'refusal' ? refused.refusal.code : refused.kind, 'halted')
    operator.client.close()
  }, 'sovereign'))

function pidOf(units: readonly SupervisedUnit[], name: string): number | null | undefined {
  return units.find(({ unit }) => unit === name)?.pid
}
