/** The part of the scripted session that concerns canon and code: other code is accepted, and the canon is amended. */
import assert from 'node:assert/strict'
import type { JsonObject } from '../../../src/base/json.ts'
import { publicKeyOf, sign } from '../../../src/base/signature.ts'
import type { CanonDocument } from '../../../src/kernel/canon/document.ts'
import { digestOf, signedBytes } from '../../../src/kernel/canon/document.ts'
import { readFoundingCanon } from '../../../src/seal/canon-file.ts'
import { keyholder, signatureOf } from '../../harness/canon-domain.ts'
import type { RealmProcesses } from '../../harness/realm-process.ts'
import { until } from '../../harness/realm-process.ts'

/** Accepts code, amends the canon, and waits until `main` has acknowledged it. Orders need version 2 from then on. */
export async function canonSession(realm: RealmProcesses): Promise<void> {
  const sovereign = await realm.kernel('sovereign').operator()
  await sovereign.must({ do: 'code.accept', digest: 'c'.repeat(64) })
  const founding = readFoundingCanon()
  assert.ok(founding.ok)
  const canon: CanonDocument = {
    ...founding.value,
    version: 2,
    previous: digestOf(founding.value),
    keyholders: [keyholder('a'), keyholder('b')],
    threshold: 2,
  }
  const founder = {
    publicKey: publicKeyOf(realm.home.key),
    signature: sign(realm.home.key, signedBytes(canon)),
  }
  const signatures = [founder, signatureOf('a', canon), signatureOf('b', canon)]
  await sovereign.must({ do: 'canon.amend', canon, signatures } as unknown as JsonObject)
  const digest = digestOf(canon)
  await until(
    () => String(realm.statements.get('main')?.text).includes(digest),
    'a statement of the new canon',
  )
  assert.equal((await realm.carry('main')).kind, 'reply')
}
