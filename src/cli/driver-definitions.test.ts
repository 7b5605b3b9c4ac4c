import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pinSelector } from '../driver/definition.ts'
import { acceptedDefinitions, keepDefinitions } from './driver-definitions.ts'

const definitions = ['a', 'b'].map((name) => ({
  selector: `tools/${name}`,
  definition: { name, description: `does ${name}\n` },
}))
const pins = definitions.map(pinSelector)

function withFile(body: (file: string, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'custos-defs-'))
  try {
    body(join(folder, 'definitions.json'), folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('what was accepted is read back, from a private file that is replaced whole', () =>
  withFile((file, folder) => {
    keepDefinitions(file, [])
    keepDefinitions(file, definitions)
    assert.deepEqual(JSON.parse(JSON.stringify(acceptedDefinitions(file, pins))), definitions)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder), ['definitions.json'])
  }))

test('a definition without its pinned digest is not believed', () =>
  withFile((file) => {
    keepDefinitions(file, definitions)
    writeFileSync(file, readFileSync(file, 'utf8').replace('does a', 'does c'))
    assert.deepEqual(
      acceptedDefinitions(file, pins).map(({ selector }) => selector),
      ['tools/b'],
    )
  }))

test('of several definitions of one selector the pinned one is found', () =>
  withFile((file) => {
    const other = { selector: 'tools/a', definition: { name: 'a', description: 'later' } }
    keepDefinitions(file, [other, ...definitions])
    assert.deepEqual(JSON.parse(JSON.stringify(acceptedDefinitions(file, pins))), definitions)
  }))

test('a file that is missing or damaged holds nothing', () =>
  withFile((file) => {
    assert.deepEqual(acceptedDefinitions(file, pins), [])
    for (const text of ['', '{', '{}', '[1,null,{"selector":1},{"selector":"tools/a"}]', '[[]]']) {
      writeFileSync(file, text)
      assert.deepEqual(acceptedDefinitions(file, pins), [])
    }
  }))
