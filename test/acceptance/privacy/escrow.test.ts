/**
 * Escrow through the whole product: a backup that nobody can read becomes readable with a file that was kept apart,
 * and nobody comes back by it who was erased.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { filesWith, formsOf } from '../../hostile/secrets/traces.ts'
import type { PrivacyWorld } from './privacy-world.ts'
import { inPrivacyWorld, say } from './privacy-world.ts'

interface Made {
  readonly seq: number
  readonly code: string
  readonly subjects: readonly number[]
  readonly without: number
}

interface Opened {
  readonly placed: number
  readonly leftOut: readonly number[]
}

interface Erased {
  readonly subject: number
  readonly escrows: readonly { readonly seq: number }[]
}

const bobsWords = 'bob-words-8812c4'
const carolsWords = 'carol-words-1d90fe'

/** What a restored home says of an event's payload. */
async function readIn({ json }: PrivacyWorld, home: string, seq: number): Promise<string> {
  const shown = await json('ledger', 'show', String(seq), '--offline', '--home', home)
  return (shown as { readonly payload: string | null }).payload ?? ''
}

test('a restored backup is read with an escrow, and nobody comes back who was erased', async () => {
  await inPrivacyWorld(async (world) => {
    const { home, json } = world
    const [bob, carol] = [await world.agent('bob'), await world.agent('carol')]
    const [bobs, carols] = [await say(bob, bobsWords), await say(carol, carolsWords)]
    const file = join(home.folder, 'all.escrow')
    const made = (await json('ledger', 'escrow', 'create', '--to', file, '--subjects')) as Made
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual([made.subjects.length, made.without], [2, 0])
    const keys = join(home.home, 'keys', 'main.subjects')
    for (const key of readdirSync(keys).map((name) => readFileSync(join(keys, name))))
      assert.equal(filesWith(home.folder, [key]).length, 1, 'a key is in its own file alone')
    assert.deepEqual(filesWith(home.folder, formsOf(made.code)), [], 'the code is kept nowhere')
    const domainOnly = join(home.folder, 'domain.escrow')
    const little = (await json('ledger', 'escrow', 'create', '--to', domainOnly)) as Made
    assert.deepEqual([little.subjects, little.without], [[], 2], 'nobody’s key unless it is asked for')
    const backup = join(home.folder, 'backup')
    await home.must('ledger', 'backup', '--to', backup)
    assert.deepEqual(readdirSync(backup), ['ledger'], 'no key is in it')

    const code = join(home.folder, 'code')
    writeFileSync(code, `${made.code}\n`, { mode: 0o600 })
    const restored = async (name: string): Promise<string> => {
      await home.must('ledger', 'restore', '--from', backup, '--to', join(home.folder, name))
      return join(home.folder, name)
    }
    const open = (to: string): Promise<Opened> =>
      json('ledger', 'escrow', 'open', file, '--into', to, '--code-file', code)
    const before = await restored('before')
    assert.equal(await readIn(world, before, bobs), '', 'control: sealed without keys')
    const { placed, leftOut } = await open(before)
    assert.deepEqual([placed, leftOut], [3, []])
    assert.ok((await readIn(world, before, bobs)).includes(bobsWords))
    assert.ok((await readIn(world, before, carols)).includes(carolsWords))
    assert.ok(existsSync(join(before, 'domains', 'main', 'noted-readings')), 'that it was opened is noted')

    const erased = (await json('ledger', 'erase', '--subject', 'carol')) as Erased
    assert.deepEqual(
      erased.escrows.map(({ seq }) => seq),
      [made.seq],
      'whoever erases is told where a copy of the key is',
    )
    // The backup is from before the erasure; the home that is at hand says that there was one.
    const after = await restored('after')
    const again = await open(after)
    assert.deepEqual([again.placed, again.leftOut], [2, [erased.subject]])
    assert.ok((await readIn(world, after, bobs)).includes(bobsWords))
    assert.equal(await readIn(world, after, carols), '')
    const listed = (await home.must('ledger', 'escrow', 'list')).stdout
    assert.ok(listed.includes(`${erased.subject}: destroy it`), listed)
  })
})
