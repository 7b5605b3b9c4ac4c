import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { StatementStore } from './statement-store.ts'

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'custos-says-'))
  try {
    use(join(folder, 'statements'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const said = (domain: string, statement: number, more = {}): { text: string; signature: string } => ({
  text: JSON.stringify({ statement, domain, status: 'active', weight: 50, ...more }),
  signature: `s${statement}`,
})

test('the newest statement to each domain is kept, and found again', () =>
  inFolder((folder) => {
    const store = new StatementStore(folder)
    assert.ok(store.keep('b', said('b', 1)))
    assert.ok(store.keep('b', said('b', 3, { status: 'frozen' })))
    assert.equal(store.keep('b', said('b', 2)), false, 'an older one replaced a newer one')
    assert.ok(store.keep('main', said('main', 1)))
    const again = new StatementStore(folder)
    assert.equal(again.latest('b')?.signature, 's3')
    assert.equal(again.latest('c'), null)
    const members = again.members.toSorted((left, right) => left.name.localeCompare(right.name))
    assert.deepEqual(members, [
      { name: 'b', status: 'frozen', weight: 50 },
      { name: 'main', status: 'active', weight: 50 },
    ])
  }))

test('what is no statement to that domain is not kept, and no name leads out of the folder', () =>
  inFolder((folder) => {
    const store = new StatementStore(folder)
    for (const [name, statement] of [
      ['b', said('main', 1)],
      ['b', { text: 'no', signature: 's' }],
      ['b', said('b', 1, { status: 'odd' })],
      ['b', said('b', 1.5)],
      ['../b', said('../b', 1)],
      ['b.agent-1', said('b.agent-1', 1)],
    ] as const)
      assert.equal(store.keep(name, statement), false, JSON.stringify([name, statement]))
    assert.deepEqual(readdirSync(folder), [])
  }))

test('files that were spoilt are as good as none', () =>
  inFolder((folder) => {
    new StatementStore(folder).keep('b', said('b', 1))
    for (const [name, content] of [
      ['b.json', '{"text":1}'],
      ['c.json', JSON.stringify(said('main', 1))],
      ['..json', '{}'],
      ['d', ''],
    ] as const)
      writeFileSync(join(folder, name), content)
    assert.deepEqual(new StatementStore(folder).members, [])
  }))
