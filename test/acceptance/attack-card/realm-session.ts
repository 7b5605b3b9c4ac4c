/** The part of the scripted session that needs a sovereign or a supervisor: operators, proposals, domains, halts. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { sha256Hex } from '../../../src/base/hash.ts'
import { generateSigningKey, publicKeyOf, sign } from '../../../src/base/signature.ts'
import type { EventKind } from '../../../src/kernel/event.ts'
import { enrolmentText } from '../../../src/kernel/sovereign/operators.ts'
import { ledgerEvents } from '../../harness/ledger-events.ts'
import { RealmProcesses, until } from '../../harness/realm-process.ts'
import { canonSession } from './canon-session.ts'

/** Lives through it, and returns every kind of event that came to be in the sovereign’s ledger and in a domain’s. */
export async function realmSession(): Promise<ReadonlySet<EventKind>> {
  const realm = new RealmProcesses()
  try {
    await realm.start()
    await realm.startMember('main')
    await until(() => realm.acknowledged.has('main'), 'an acknowledgement of main')
    await lifeOfAnOperator(realm)
    await haltOfAnAgent(realm)
    const sovereign = await realm.kernel('sovereign').operator()
    const name = 'shop'
    await sovereign.must({ do: 'domain.register', name, weight: 1 })
    await sovereign.must({ do: 'domain.freeze', name, reason: 'drill' })
    await sovereign.must({ do: 'domain.unfreeze', name })
    await sovereign.must({ do: 'domain.remove', name })
    await canonSession(realm)
    for (const domain of ['main', 'sovereign']) await realm.kernel(domain).stop()
    const ledgers = ['main', 'sovereign'].map((domain) =>
      join(realm.home.folder, 'domains', domain, 'ledger'),
    )
    return new Set(ledgers.flatMap((ledger) => ledgerEvents(ledger)).map(({ kind }) => kind))
  } finally {
    await realm.end()
  }
}

/** Halted and resumed, and a drill of it. */
async function haltOfAnAgent(realm: RealmProcesses): Promise<void> {
  const kernel = realm.kernel('main')
  const operator = await kernel.operator()
  const { agent } = await operator.addAgent('halted')
  const halt = { scope: { agent }, requestedAt: Date.now(), requestedBy: 'ada', reason: 'drill' }
  assert.equal((await kernel.request({ op: 'halt', ...halt })).kind, 'reply')
  await operator.must({ do: 'scope.resume', scope: { agent } })
  const drill = { op: 'drill', scope: {}, requestedBy: 'ada', problems: [], trees: 1, killMicros: 1 }
  assert.equal((await kernel.request(drill)).kind, 'reply')
}

/** Enrolled, proposing, with a new key, and revoked. */
async function lifeOfAnOperator(realm: RealmProcesses): Promise<void> {
  const sovereign = await realm.kernel('sovereign').operator()
  const [key, next] = [generateSigningKey(), generateSigningKey()]
  const person = { name: 'carol', level: 'co-operator', publicKey: publicKeyOf(key) } as const
  const proofBy = (signer: Uint8Array): string => {
    const text = enrolmentText({ ...person, publicKey: publicKeyOf(signer) })
    return sign(signer, Buffer.from(text))
  }
  const made = await sovereign.must({ do: 'operator.enrol', ...person, proof: proofBy(key) })
  const operator = Number(made['operator'])
  await until(() => String(realm.statements.get('main')?.text).includes('carol'), 'a statement about carol')
  assert.equal((await realm.carry('main')).kind, 'reply')
  const main = await realm.kernel('main').operator()
  for (const decision of ['order.confirm', 'order.decline'] as const) {
    const order = { do: 'agent.add', name: 'bot', tokenDigest: sha256Hex(decision) }
    const proposed = await main.order(order, { operator: 2 }, key)
    assert.ok(proposed.kind === 'reply')
    const [kept] = (await main.query('proposals')) as readonly { proposal: number; digest: string }[]
    const { proposal = 0, digest = '' } = kept ?? {}
    await main.must({
      do: decision,
      proposal,
      ...(decision === 'order.confirm' ? { digest } : { reason: '' }),
    })
  }
  const rotate = { do: 'operator.rotate', operator, publicKey: publicKeyOf(next), proof: proofBy(next) }
  assert.equal((await sovereign.order(rotate, { operator }, key)).kind, 'reply')
  await sovereign.must({ do: 'operator.revoke', operator, reason: 'revoked' })
}
