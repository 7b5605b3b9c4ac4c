/**
 * What an erasure leaves in the memory of a process that goes on: nothing of the key, of what is derived from it and of the
 * plaintext, as far as it was the vault's.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { isInMemory } from '../../hostile/secrets/traces.ts'
import { keyForms } from './key-forms.ts'
import { plainBytes } from './plain-bytes.ts'

interface Told {
  readonly place: string
  readonly sealed: readonly string[]
}

test('an erased key, and the plaintext that the vault handled, are nowhere in the memory of a process that goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'erased-memory-'))
  const seed = randomInt(1, 2 ** 32)
  const program = new URL('./erasing-process.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, join(folder, 'keys'), String(seed)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const told = async (): Promise<Told> => JSON.parse((await lines.next()).value as string) as Told
    const { sealed } = await told()
    const key = readFileSync(join(folder, 'keys', '7'))
    const forms = keyForms(
      key,
      sealed.map((head) => Buffer.from(head, 'hex')),
    )
    // From the beginning of the shortest, and from within the others: every text of the seed begins alike.
    const text = Buffer.from(plainBytes(seed, 1_500_000))
    const texts = [0, 700, 10_000, 1_200_000].map((at) => text.subarray(at, at + 24))
    const { pid = 0 } = child
    for (const form of [key, texts[0] as Buffer])
      assert.ok(isInMemory(pid, [form]), 'control: the search finds what is there')
    child.stdin.write('\n')
    assert.equal((await told()).place, 'erased')
    const left = (all: readonly Buffer[]): readonly number[] =>
      isInMemory(pid, all) ? [...all.keys()].filter((index) => isInMemory(pid, [all[index] as Buffer])) : []
    assert.deepEqual(left(forms), [], 'forms of the key')
    assert.deepEqual(left(texts), [], 'plaintexts')
    child.stdin.write('\n')
    assert.equal(await ended, 0)
  } finally {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
})
