/** Operators of every level on a real home: who may sign what, with keys that are enrolled, rotated and lost. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, inDomains, numberIn, textIn } from './domain-home.ts'
import type { DomainHome } from './domain-home.ts'

const patience = { timeout: 300_000 }

/** Makes a key and its request, as the person would, and returns the request's file. */
async function request(home: DomainHome, name: string, ...flags: readonly string[]): Promise<string> {
  const { stdout } = await home.cli.must('operator', 'key', name, ...flags)
  const file = join(home.cli.folder, `${name}.request`)
  writeFileSync(file, stdout)
  return file
}

/** The name of the operator that the home began with. */
async function first(home: DomainHome): Promise<string> {
  const [operator] = await home.list('operator', 'list')
  return textIn(operator ?? {}, 'name')
}

test('a co-operator proposes, and a sovereign operator confirms or declines', patience, () =>
  inDomains(async (home) => {
    const ada = await first(home)
    const file = await request(home, 'bea', '--level', 'co-operator')
    await home.cli.must('operator', 'add', file, '--operator', ada)
    // The member hears of her by its sovereign's statement.
    const proposed = await eventually(async () => {
      const ran = await home.cli.run(
        'agent',
        'add',
        'helper',
        '--operator',
        'bea',
        '--token-file',
        join(home.cli.folder, 'helper'),
      )
      return ran.status === 6 ? ran : null
    }, 'the member to know the co-operator')
    assert.match(proposed.stderr, /waits for a second operator as proposal \d+/u)
    assert.deepEqual(await home.list('agent', 'list'), [], 'nothing is done yet')
    assert.ok(
      readFileSync(join(home.cli.folder, 'helper'), 'utf8').startsWith('custos_'),
      'the token is kept',
    )

    const [waiting] = await home.list('proposals')
    assert.ok(waiting !== undefined)
    const id = String(numberIn(waiting, 'proposal'))
    const own = await home.fails(1, 'proposals', 'confirm', id, '--operator', 'bea')
    assert.match(own.stderr, /own proposal|not this operator/u)
    await home.cli.must('proposals', 'confirm', id, '--operator', ada)
    assert.deepEqual(
      (await home.list('agent', 'list')).map(({ name }) => name),
      ['helper'],
    )

    // What only lessens what can happen she may do alone.
    await home.cli.must('agent', 'remove', 'helper', '--operator', 'bea')
    const again = await home.cli.run('agent', 'add', 'other', '--operator', 'bea')
    assert.equal(again.status, 6)
    const [second] = await home.list('proposals')
    await home.cli.must(
      'proposals',
      'decline',
      String(numberIn(second ?? {}, 'proposal')),
      '--reason',
      'no need',
      '--operator',
      ada,
    )
    assert.deepEqual(await home.list('proposals'), [])
    assert.equal((await home.bodies('main', 'order.declined')).length, 1)
  }),
)

test('a domain-sovereign governs one domain and nothing else', patience, () =>
  inDomains(async (home) => {
    const ada = await first(home)
    await home.cli.must('domain', 'add', 'work', '--operator', ada)
    const file = await request(home, 'carl', '--level', 'domain-sovereign', '--domain', 'work')
    await home.cli.must('operator', 'add', file, '--operator', ada)
    await eventually(async () => {
      const ran = await home.cli.run('agent', 'add', 'his', '--domain', 'work', '--operator', 'carl')
      return ran.status === 0 ? true : null
    }, 'the domain to know its sovereign')
    const elsewhere = await home.fails(2, 'agent', 'add', 'his', '--operator', 'carl')
    assert.match(elsewhere.stderr, /not enrolled/u, 'main does not even know him')
    for (const words of [
      ['domain', 'add', 'another'],
      ['domain', 'freeze', 'main'],
      ['operator', 'revoke', ada],
    ])
      await home.fails(1, ...words, '--operator', 'carl')
    assert.deepEqual(
      (await home.bodies('main', 'statement.accepted')).filter(({ text }) =>
        JSON.stringify(text).includes('carl'),
      ),
      [],
      'no word of him in another domain',
    )
  }),
)

test('a key is rotated, a lost one replaced, and the last sovereign stays', patience, () =>
  inDomains(async (home) => {
    const ada = await first(home)
    const last = await home.fails(1, 'operator', 'revoke', ada)
    assert.match(last.stderr, /last active sovereign/u)
    const [earlier] = await home.list('domain', 'list')
    await home.cli.must('operator', 'rotate', '--operator', ada)
    await eventually(async () => {
      const [main] = await home.list('domain', 'list')
      const isNew = numberIn(main ?? {}, 'statement') > numberIn(earlier ?? {}, 'statement')
      return (isNew && main?.['acknowledged'] === main?.['statement']) || null
    }, 'main to hear of it')
    const old = await home.fails(2, 'agent', 'add', 'x', '--operator', ada)
    assert.match(old.stderr, /not enrolled/u, 'the old key counts no more')
    const next = `${ada}-2`
    await eventually(async () => {
      const ran = await home.cli.run('agent', 'add', 'x', '--operator', next)
      return ran.status === 0 ? true : null
    }, 'the member to know the new key')

    await home.cli.must(
      'operator',
      'add',
      await request(home, 'dora', '--level', 'co-operator'),
      '--operator',
      next,
    )
    await home.cli.must('operator', 'revoke', 'dora', '--lost', '--operator', next)
    const replacement = join(home.cli.folder, 'dora-again')
    const words = ['operator', 'key', 'dora', '--level', 'co-operator', '--key', 'dora-new']
    const { stdout } = await home.cli.must(...words)
    writeFileSync(replacement, stdout.replace('co-operator', 'sovereign'))
    const forged = await home.fails(2, 'operator', 'rotate', 'dora', replacement, '--operator', next)
    assert.match(forged.stderr, /did not sign for what the request says/u)
    writeFileSync(replacement, stdout)
    await home.cli.must('operator', 'rotate', 'dora', replacement, '--operator', next)
    const operators = await home.list('operator', 'list')
    assert.deepEqual(
      operators.map(({ name, level, status }) => [name, level, status]),
      [
        [ada, 'sovereign', 'active'],
        ['dora', 'co-operator', 'active'],
      ],
    )
  }),
)
