/** The published escapes: each gets out of a sandbox as it is often built, and none out of the machine. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runScript } from './bare-worker.ts'
import { escapePrelude, escapes } from './escapes.ts'

const folder = mkdtempSync(join(tmpdir(), 'custos-escapes-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const naive = fileURLToPath(new URL('naive-sandbox.ts', import.meta.url))

async function getsOutOfNaive(name: string, canary: string): Promise<boolean> {
  const child = spawn(process.execPath, [naive, name, canary], { stdio: 'ignore' })
  await once(child, 'close')
  return existsSync(canary)
}

test('the list is as long as the published ones', () => {
  assert.ok(escapes.length >= 60)
  assert.equal(new Set(escapes.map(({ name }) => name)).size, escapes.length)
})

for (const [index, { name, body }] of escapes.entries()) {
  test(`no way out: ${name}`, async () => {
    const [control, canary] = [join(folder, `control-${index}`), join(folder, `canary-${index}`)]
    assert.ok(await getsOutOfNaive(name, control), 'the control does not show that this gets out')
    const { end } = await runScript(`${escapePrelude(canary)}\n${body}`)
    assert.ok(!existsSync(canary), 'it got out')
    assert.ok(end.how === 'finished' || end.how === 'threw', JSON.stringify(end))
  })
}

test('the engine alone is what holds: a process started like these workers can write the file', async () => {
  const canary = join(folder, 'canary-host')
  const launched = spawn(
    process.execPath,
    ['-e', `process.getBuiltinModule('node:fs').writeFileSync(${JSON.stringify(canary)}, '')`],
    { env: { TZ: 'UTC' }, stdio: 'ignore' },
  )
  await once(launched, 'close')
  assert.ok(existsSync(canary))
})
