/** No text from inside draws on a screen on which an operator decides; without the escaping it draws on each. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { screens } from './screens.ts'

const program = fileURLToPath(new URL('obeyed.ts', import.meta.url))

function drawn(...args: readonly string[]): { readonly [screen: string]: string | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout) as { readonly [screen: string]: string | null }
}

const shown = drawn()
const bare = drawn('--without', 'visible text')

for (const { name, lines } of screens) {
  test(`nothing that comes from inside is obeyed on the screen of ${name}`, () => {
    assert.ok(lines().length > 0)
    assert.equal(shown[name], null)
    assert.notEqual(bare[name] ?? null, null, 'and it would be')
  })
}
