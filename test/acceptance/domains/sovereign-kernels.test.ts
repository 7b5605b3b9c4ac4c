/** A sovereign and its members as real processes over real sockets, with the test as the supervisor in between. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import { sha256Hex } from '../../../src/base/hash.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { generateSigningKey, publicKeyOf, sign } from '../../../src/base/signature.ts'
import { enrolmentText } from '../../../src/kernel/sovereign/operators.ts'
import { statementBytes } from '../../../src/kernel/sovereign/statement.ts'
import type { Answer } from '../../../src/wire/answer.ts'
import { KernelProcess } from '../../harness/kernel-process.ts'
import { RealmProcesses, until } from '../../harness/realm-process.ts'

const addAgent = (name: string): JsonObject => ({ do: 'agent.add', name, tokenDigest: sha256Hex(name) })
const code = (answer: Answer): string => (answer.kind === 'refusal' ? answer.refusal.code : answer.kind)

async function inRealm(run: (realm: RealmProcesses) => Promise<void>): Promise<void> {
  const realm = new RealmProcesses()
  try {
    await realm.start()
    await run(realm)
  } finally {
    await realm.end()
  }
}

/** An enrolment of a new key at a level, with its proof. */
function enrolment(name: string, level: 'sovereign' | 'co-operator' | 'domain-sovereign', domain?: string) {
  const key = generateSigningKey()
  const place = domain === undefined ? {} : { domain }
  const person = { name, level, publicKey: publicKeyOf(key), ...place }
  const proof = sign(key, Buffer.from(enrolmentText(person)))
  return { key, order: { do: 'operator.enrol', ...person, proof } }
}

test('a first start makes a sovereign that announces main, writes its genesis and has only an operators’ socket', () =>
  inRealm(async (realm) => {
    await until(() => realm.statements.has('main'), 'a statement to main')
    assert.deepEqual(JSON.parse(JSON.stringify(realm.domains)), [
      { name: 'main', status: 'active', weight: 100 },
    ])
    assert.ok(existsSync(join(realm.home.folder, 'domains', 'main', 'genesis.json')))
    assert.ok(existsSync(realm.home.socket('operator', 'sovereign')))
    assert.ok(!existsSync(realm.home.socket('agent', 'sovereign')))
    assert.ok(!existsSync(realm.home.socket('driver', 'sovereign')))
    const operator = await realm.kernel('sovereign').operator()
    assert.equal(code(await operator.order(addAgent('bot'))), 'not-entitled')
  }))

test('operators enrolled with the sovereign are heard in the domains, each as their level allows', () =>
  inRealm(async (realm) => {
    const main = await realm.startMember('main')
    const sovereign = await realm.kernel('sovereign').operator()
    await sovereign.must({ do: 'domain.register', name: 'shop', weight: 50 })
    await realm.startMember('shop')
    const dora = enrolment('dora', 'domain-sovereign', 'shop')
    const carol = enrolment('carol', 'co-operator')
    assert.equal(
      code(await sovereign.order({ ...dora.order, proof: carol.order.proof })),
      'signature-invalid',
    )
    for (const { order } of [dora, carol]) await sovereign.must(order)
    const shop = await realm.kernel('shop').operator()
    const inMain = await main.operator()
    const operatorsIn = async (who: typeof shop) =>
      ((await who.query('operators')) as readonly { name: string }[]).map(({ name }) => name)
    const isTold = (name: string): boolean => text(realm, name).includes('carol')
    await until(() => isTold('shop') && isTold('main'), 'statements about carol')
    await realm.carry('shop')
    await realm.carry('main')
    assert.deepEqual(await operatorsIn(shop), ['ada', 'dora', 'carol'])
    assert.deepEqual(await operatorsIn(inMain), ['ada', 'carol'])
    assert.equal(code(await shop.order(addAgent('bot'), { operator: 2 }, dora.key)), 'reply')
    assert.equal(code(await inMain.order(addAgent('bot'), { operator: 2 }, dora.key)), 'signature-invalid')
    const proposed = await inMain.order(addAgent('bot'), { operator: 2 }, carol.key)
    assert.ok(proposed.kind === 'reply' && proposed.header['event'] === 'order.proposed')
    const [kept] = (await inMain.query('proposals')) as readonly { digest: string; proposal: number }[]
    const confirm = { do: 'order.confirm', proposal: kept?.proposal ?? 0, digest: kept?.digest ?? '' }
    assert.equal(code(await inMain.order(confirm, { operator: 2 }, carol.key)), 'not-entitled')
    const made = await inMain.must(confirm)
    assert.equal(made['event'], 'order.confirmed')
    assert.ok(typeof made['agent'] === 'number')
  }))

test('an enrolment that is proposed is held to its proof when it is confirmed', () =>
  inRealm(async (realm) => {
    const sovereign = await realm.kernel('sovereign').operator()
    const [carol, eve] = [enrolment('carol', 'co-operator'), enrolment('eve', 'sovereign')]
    await sovereign.must(carol.order)
    for (const [order, expected] of [
      [{ ...eve.order, proof: carol.order.proof }, 'signature-invalid'],
      [eve.order, 'reply'],
    ] as const) {
      const proposed = await sovereign.order(order, { operator: 2 }, carol.key)
      assert.equal(proposed.kind === 'reply' ? proposed.header['event'] : code(proposed), 'order.proposed')
      const kept = (
        (await sovereign.query('proposals')) as readonly { digest: string; proposal: number }[]
      ).at(-1)
      const confirm = { do: 'order.confirm', proposal: kept?.proposal ?? 0, digest: kept?.digest ?? '' }
      assert.equal(code(await sovereign.order(confirm)), expected)
    }
  }))

/** What becomes of a statement that makes a thief the domain's operator, and of an order that rests on it. */
async function ordersUnderForgery(
  realm: RealmProcesses,
  main: KernelProcess,
  thief: Parameters<typeof sign>[0],
): Promise<readonly string[]> {
  const told = JSON.parse(text(realm, 'main')) as { operators: { publicKey: string }[]; statement: number }
  const operators = told.operators.map((one) => ({ ...one, publicKey: publicKeyOf(thief) }))
  const forged = canonicalJson({ ...told, statement: told.statement + 1, operators })
  const answer = await main.request(
    { op: 'statement', signature: sign(thief, statementBytes(forged)) },
    Buffer.from(forged),
  )
  const operator = await main.operator()
  const order = await operator.order(addAgent('spy'), { operator: 1 }, thief)
  operator.client.close()
  return [code(answer), code(order)]
}

test('a domain acts on no statement that its sovereign did not sign, and on none that is older', () =>
  inRealm(async (realm) => {
    const main = await realm.startMember('main')
    const old = realm.statements.get('main')
    assert.ok(old !== undefined)
    const thief = generateSigningKey()
    const forged = Buffer.from(text(realm, 'main').replace('"statement":1', '"statement":2'))
    const answers = [
      await main.request({ op: 'statement', signature: sign(thief, statementBytes(String(forged))) }, forged),
      await main.request({ op: 'statement', signature: old.signature }, forged),
      await main.request({ op: 'statement' }, old.text),
    ]
    assert.deepEqual(answers.map(code), ['signature-invalid', 'signature-invalid', 'signature-invalid'])
    assert.deepEqual(
      await ordersUnderForgery(realm, main, thief),
      ['signature-invalid', 'signature-invalid'],
      'nothing rests on a statement that was not believed',
    )
    await (await realm.kernel('sovereign').operator()).must(enrolment('bob', 'sovereign').order)
    await until(() => text(realm, 'main').includes('bob'), 'a statement about bob')
    assert.equal((await realm.carry('main')).kind, 'reply')
    assert.equal(
      code(await main.request({ op: 'statement', signature: old.signature }, old.text)),
      'order-stale',
    )
  }))

test('a member that was told nothing yet does not serve, and one that was works on while the sovereign is down', () =>
  inRealm(async (realm) => {
    await until(() => realm.statements.has('main'), 'a statement to main')
    mkdirSync(join(realm.home.folder, 'run'), { recursive: true })
    await assert.rejects(KernelProcess.start(realm.home), /said nothing to this domain yet/)
    const first = await realm.startMember('main')
    await until(() => realm.acknowledged.has('main'), 'an acknowledgement of main')
    await realm.kernel('sovereign').kill()
    await first.kill()
    const again = await KernelProcess.start(realm.home)
    realm.kernels.set('main', again)
    const operator = await again.operator()
    assert.equal(code(await operator.order(addAgent('bot'))), 'reply')
  }))

test('a frozen domain stops its drivers, admits nothing and keeps what it has until it is unfrozen', () =>
  inRealm(async (realm) => {
    const main = await realm.startMember('main')
    const inMain = await main.operator()
    await inMain.addDriver('files', [{ selector: 'tools/read', definition: {} }])
    await until(() => main.units.length === 1, 'a unit for the driver')
    const sovereign = await realm.kernel('sovereign').operator()
    await sovereign.must({ do: 'domain.freeze', name: 'main', reason: 'look' })
    await until(() => main.units.length === 0, 'no unit any more')
    assert.equal(code(await inMain.order(addAgent('bot'))), 'halted')
    assert.equal(((await inMain.query('drivers')) as readonly Json[]).length, 1)
    assert.equal(realm.domains.find(({ name }) => name === 'main')?.['status'], 'frozen')
    await sovereign.must({ do: 'domain.unfreeze', name: 'main' })
    await until(() => main.units.length === 1, 'the unit again')
    assert.equal(code(await inMain.order(addAgent('bot'))), 'reply')
  }))

test('a sovereign that starts again says everything again, under the same numbers', () =>
  inRealm(async (realm) => {
    await realm.startMember('main')
    await until(() => realm.acknowledged.has('main'), 'an acknowledgement of main')
    const before = text(realm, 'main')
    await realm.kernel('sovereign').stop()
    realm.statements.clear()
    realm.domains = []
    const sovereign = await realm.start()
    await until(() => realm.statements.has('main') && realm.domains.length === 1, 'the same again')
    assert.equal(text(realm, 'main'), before)
    const [main] = (await (await sovereign.operator()).query('domains')) as readonly JsonObject[]
    assert.equal(main?.['acknowledged'], 1)
  }))

test('a genesis that names no sovereign, or a role that there is not, makes no kernel', () =>
  inRealm(async (realm) => {
    for (const genesis of [
      { name: 'odd', role: 'member' },
      { name: 'odd', role: 'king', operatorName: 'ada' },
    ]) {
      const folder = join(realm.home.folder, 'domains', 'odd')
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'genesis.json'), JSON.stringify(genesis))
      await assert.rejects(KernelProcess.start(realm.home, { domain: 'odd' }), /genesis\.json names/)
    }
  }))

function text(realm: RealmProcesses, name: string): string {
  return Buffer.from(realm.statements.get(name)?.text ?? []).toString()
}
