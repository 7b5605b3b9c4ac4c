/**
 * A home that was begun before the canon had articles: it opens under its three rules, is amended from there, and opens
 * again under the canon that it was given.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { publicKeyOf, sign } from '../../../src/base/signature.ts'
import type { CanonDocument } from '../../../src/kernel/canon/document.ts'
import { digestOf, signedBytes } from '../../../src/kernel/canon/document.ts'
import { canonDigest } from '../../../src/kernel/canon/first-edition.ts'
import { canonPath, readFoundingCanon } from '../../../src/seal/canon-file.ts'
import { keyholder, signatureOf } from '../../harness/canon-domain.ts'
import { KernelProcess, TestHome } from '../../harness/kernel-process.ts'

const begin = new URL('begin-older-home.ts', import.meta.url).pathname

/** The founding articles as the second version of an older home, with two keyholders. */
function secondVersion(): CanonDocument {
  const founding = readFoundingCanon()
  assert.ok(founding.ok)
  const keyholders = [keyholder('a'), keyholder('b')]
  return { ...founding.value, version: 2, previous: canonDigest, keyholders, threshold: 2 }
}

async function amend(home: TestHome, canon: CanonDocument): Promise<void> {
  const kernel = await KernelProcess.start(home)
  try {
    const operator = await kernel.operator()
    const status = (await operator.query('status')) as JsonObject
    assert.equal(status['canonDigest'], canonDigest)
    const founder = { publicKey: publicKeyOf(home.key), signature: sign(home.key, signedBytes(canon)) }
    const others = [signatureOf('a', canon), signatureOf('b', canon)]
    const order = (signatures: readonly object[]): JsonObject =>
      ({ do: 'canon.amend', canon, signatures }) as unknown as JsonObject
    const few = await operator.order(order(others))
    assert.equal(few.kind === 'refusal' && few.refusal.code, 'not-entitled', 'the founder must sign as well')
    await operator.must(order([founder, ...others]))
    operator.client.close()
  } finally {
    await kernel.kill()
  }
}

test('an older home opens, is amended, and opens again', { timeout: 120_000 }, async () => {
  const home = new TestHome()
  try {
    const begun = spawnSync(process.execPath, [begin, home.folder, publicKeyOf(home.key)], {
      encoding: 'utf8',
    })
    assert.equal(begun.status, 0, begun.stderr)
    assert.equal(readFileSync(join(home.ledger, '00000001.seg')).includes('"articles"'), false)
    const canon = secondVersion()
    await amend(home, canon)
    const again = await KernelProcess.start(home)
    try {
      const operator = await again.operator()
      const status = (await operator.query('status')) as JsonObject
      assert.equal(status['canonVersion'], 2)
      assert.equal(status['canonDigest'], digestOf(canon))
      assert.equal(existsSync(canonPath(home.folder, 2)), true)
      operator.client.close()
    } finally {
      await again.kill()
    }
  } finally {
    home.remove()
  }
})
