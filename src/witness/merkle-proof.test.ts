/** The tree against a naive one written from the definitions of RFC 9162 §2.1, and against published vectors. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '../base/hash.ts'
import { Frontier } from '../ledger/evidence/frontier.ts'
import type { NodeSource } from '../ledger/evidence/merkle.ts'
import { leafHash, nodeHash } from '../ledger/evidence/merkle.ts'
import {
  consistencyProof,
  inclusionProof,
  isConsistent,
  rangeHash,
  rootFromInclusion,
} from './merkle-proof.ts'

const hex = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('hex')

/** The leaves of the reference implementation's tests, and the roots of their first 1 to 8. */
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

const leafAt = (index: number): Uint8Array => leafHash(sha256, Buffer.from(`record ${index}`))

/** MTH as the RFC defines it. */
function naive(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return sha256(new Uint8Array(0))
  const [only] = hashes
  if (hashes.length === 1 && only !== undefined) return only
  let k = 1
  while (k * 2 < hashes.length) k *= 2
  return nodeHash(sha256, naive(hashes.slice(0, k)), naive(hashes.slice(k)))
}

function nodesOf(hashes: readonly Uint8Array[]): NodeSource {
  return {
    node(level, index) {
      const [start, end] = [index * 2 ** level, (index + 1) * 2 ** level]
      return end <= hashes.length ? naive(hashes.slice(start, end)) : null
    },
  }
}

test('the known trees of 1 to 8 leaves have their known roots', () => {
  const frontier = new Frontier(sha256)
  assert.equal(hex(frontier.root()), hex(sha256(new Uint8Array(0))))
  for (const [index, leaf] of leaves.entries()) {
    frontier.push(leafHash(sha256, Buffer.from(leaf, 'hex')))
    assert.equal(hex(frontier.root()), roots[index])
  }
})

test('a growing tree has the root of the definition at every size, and again after it was restored', () => {
  const frontier = new Frontier(sha256)
  const hashes: Uint8Array[] = []
  for (let size = 0; size <= 130; size++) {
    const expected = hex(naive(hashes))
    assert.equal(hex(frontier.root()), expected)
    const again = new Frontier(sha256)
    assert.equal(
      again.restore(size, (level, index) => nodesOf(hashes).node(level, index)),
      true,
    )
    assert.equal(hex(again.root()), expected)
    assert.equal(hex(rangeHash(sha256, nodesOf(hashes), 0, size)), expected)
    hashes.push(leafAt(size))
    frontier.push(leafAt(size))
  }
  assert.equal(
    new Frontier(sha256).restore(3, () => null),
    false,
  )
})

test('every leaf of every tree up to 40 is proved, and no proof fits another leaf, size or place', () => {
  const hashes = Array.from({ length: 40 }, (_, index) => leafAt(index))
  for (let size = 1; size <= 40; size++) {
    const root = hex(naive(hashes.slice(0, size)))
    for (let index = 0; index < size; index++) {
      const proof = inclusionProof(sha256, nodesOf(hashes.slice(0, size)), index, size)
      assert.ok(proof !== null)
      const from = (leaf: Uint8Array, at: number, n: number, path = proof): string =>
        hex(rootFromInclusion(sha256, leaf, at, n, path))
      assert.equal(from(leafAt(index), index, size), root)
      assert.notEqual(from(leafAt(index + 1), index, size), root)
      if (size > 1) assert.notEqual(from(leafAt(index), (index + 1) % size, size), root)
      assert.notEqual(from(leafAt(index), index, size, [...proof, leafAt(0)]), root)
      assert.notEqual(from(leafAt(index), index, size, proof.slice(1)), size > 1 ? root : '')
      assert.equal(from(leafAt(index), size, size), '')
    }
  }
})

test('every pair of sizes up to 40 is consistent, and no pair whose old root or new root is another', () => {
  const hashes = Array.from({ length: 40 }, (_, index) => leafAt(index))
  const treeOf = (size: number): { size: number; root: Uint8Array } => ({
    size,
    root: naive(hashes.slice(0, size)),
  })
  for (let size = 1; size <= 40; size++) {
    for (let oldSize = 0; oldSize <= size; oldSize++) {
      const proof = consistencyProof(sha256, nodesOf(hashes.slice(0, size)), oldSize, size)
      assert.ok(proof !== null)
      const [old, now] = [treeOf(oldSize), treeOf(size)]
      assert.equal(isConsistent(sha256, old, now, proof), true)
      assert.equal(isConsistent(sha256, { ...old, root: leafAt(77) }, now, proof), false)
      if (oldSize > 0) assert.equal(isConsistent(sha256, old, { ...now, root: leafAt(77) }, proof), false)
      assert.equal(isConsistent(sha256, old, now, [...proof, leafAt(1)]), false)
      if (proof.length > 0) assert.equal(isConsistent(sha256, old, now, proof.slice(0, -1)), false)
      for (let step = 0; step < proof.length; step++) {
        const changed: readonly Uint8Array[] = proof.map((node, at) => (at === step ? leafAt(99) : node))
        assert.equal(isConsistent(sha256, old, now, changed), false)
      }
    }
  }
})

test('sizes that are no sizes prove nothing', () => {
  const root = leafAt(0)
  for (const size of [-1, 0.5, Number.NaN, 2 ** 53]) {
    assert.equal(rootFromInclusion(sha256, root, 0, size, []), null)
    assert.equal(isConsistent(sha256, { size: 1, root }, { size, root }, []), false)
    assert.equal(isConsistent(sha256, { size, root }, { size: 1, root }, []), false)
  }
  assert.equal(isConsistent(sha256, { size: 2, root }, { size: 1, root }, []), false)
})
