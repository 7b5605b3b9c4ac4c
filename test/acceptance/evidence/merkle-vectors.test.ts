/**
 * Proofs of `github.com/transparency-dev/merkle` (commit 417fb0c, Apache-2.0): 196 that hold or are wrong in one
 * place. We differ in one on purpose, which takes a root for a root that is not even a hash.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { sha256 } from '../../../src/base/hash.ts'
import { sameHash } from '../../../src/ledger/evidence/merkle.ts'
import { isConsistent, rootFromInclusion } from '../../../src/witness/merkle-proof.ts'

interface Vector {
  readonly name: string
  readonly wantErr: boolean
  readonly proof: readonly string[] | null
  readonly [field: string]: unknown
}

const bytes = (text: unknown): Uint8Array =>
  new Uint8Array(Buffer.from(typeof text === 'string' ? text : '', 'base64'))
const file = new URL('../../fixtures/merkle-vectors.jsonl', import.meta.url)
const vectors = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector)
const ours = 'consistency/additional/sizes-are-equal-one-and-proof-is-empty'

function holds(vector: Vector): boolean {
  const proof = (vector.proof ?? []).map(bytes)
  const numberOf = (field: string): number => Number(vector[field])
  if (vector.name.startsWith('inclusion/')) {
    const [index, size] = [numberOf('leafIdx'), numberOf('treeSize')]
    const root = rootFromInclusion(sha256, bytes(vector['leafHash']), index, size, proof)
    return root !== null && sameHash(root, bytes(vector['root']))
  }
  const old = { size: numberOf('size1'), root: bytes(vector['root1']) }
  return isConsistent(sha256, old, { size: numberOf('size2'), root: bytes(vector['root2']) }, proof)
}

test('every published proof is judged as published', () => {
  assert.equal(vectors.length, 196)
  const wrong = vectors.filter((vector) => holds(vector) === vector.wantErr).map(({ name }) => name)
  assert.deepEqual(wrong, [ours])
  assert.ok(vectors.some(({ wantErr }) => !wantErr))
})
