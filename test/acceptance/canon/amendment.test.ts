/**
 * The canon amended the way people do it: drafted, signed by one keyholder after the other with the command, enacted
 * by an order, recorded, and acknowledged by every domain's kernel. Too few signatures, and nothing happens.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import { atCommandLine } from '../../harness/command-line-home.ts'
import { until } from '../../harness/world.ts'

const limit = { timeout: 300_000 }

interface Status {
  readonly version: number
  readonly keyholders: readonly { readonly name: string; readonly publicKey: string }[]
  readonly domains: readonly { readonly domain: string; readonly isCurrent: boolean }[]
}

async function status(home: CommandLineHome): Promise<Status> {
  return JSON.parse((await home.must('canon', 'status', '--json')).stdout) as Status
}

/** Writes a draft with these two keyholders and one rule more, and makes it an amendment in `file`. */
async function propose(home: CommandLineHome, file: string, keyholders: readonly unknown[]): Promise<void> {
  const canon = JSON.parse((await home.must('canon', 'show', '--json')).stdout) as {
    readonly rules: readonly unknown[]
  }
  const rule = { rule: 'longest-grant', article: 'human-sovereignty', lifetimeMs: 86_400_000 }
  const draft = { ...canon, rules: [...canon.rules, rule], keyholders, threshold: 2 }
  const path = home.write('draft.json', JSON.stringify(draft, null, 2))
  const { stdout } = await home.must('canon', 'propose', path, '--out', file)
  assert.match(stdout, /\+ {3}longest-grant \(human-sovereignty\): Every grant ends, within 86400 seconds/)
}

/** The key that a second person made, as their key file tells. */
async function secondKey(home: CommandLineHome, name: string): Promise<string> {
  await home.must('operator', 'key', name, '--level', 'co-operator')
  const file = readFileSync(join(home.folder, 'keys', `${name}.key`), 'utf8')
  return (JSON.parse(file) as { readonly publicKey: string }).publicKey
}

test('two people amend the canon, nobody amends it alone, and every domain acts on it', limit, async () => {
  await atCommandLine(async (home) => {
    const before = await status(home)
    const [founder] = before.keyholders
    assert.ok(before.version === 1 && founder !== undefined && before.keyholders.length === 1)
    const file = join(home.work, 'canon-2.json')
    const kay = { name: 'kay', publicKey: await secondKey(home, 'kay') }
    await propose(home, file, [founder, kay])
    const one = await home.must('canon', 'sign', file, '--operator', founder.name)
    assert.match(one.stdout, /1 of the 1 signatures needed from the keyholders in force/)
    assert.match(one.stdout, /1 of the 2 signatures needed from the keyholders to come/)
    const alone = await home.run('canon', 'enact', file, '--operator', founder.name)
    assert.equal(alone.status, 1)
    assert.match(alone.stderr, /1 of the keyholders to come signed, and 2 are needed/)
    await home.must('canon', 'sign', file, '--operator', 'kay')
    const signed = readFileSync(file, 'utf8')
    writeFileSync(file, signed.replace('"lifetimeMs":86400000', '"lifetimeMs":86400001'))
    const tampered = await home.run('canon', 'enact', file, '--operator', founder.name)
    assert.match(tampered.stderr, /A keyholder’s signature does not verify/)
    writeFileSync(file, signed)
    const enacted = await home.must('canon', 'enact', file, '--operator', founder.name)
    assert.match(enacted.stdout, /Canon version 2 is in force/)
    const again = await home.run('canon', 'enact', file, '--operator', founder.name)
    assert.match(again.stderr, /not the version after the one in force/)
    const acknowledged = async (): Promise<true | null> =>
      (await status(home)).domains.every(({ isCurrent }) => isCurrent) ? true : null
    await until(acknowledged, 'every domain to acknowledge the canon', 60_000)
    assert.equal((await status(home)).version, 2)
    assert.match((await home.must('canon', 'show')).stdout, /amended by 2 of\n/)
    assert.ok(readFileSync(join(home.home, 'canon', '2.json'), 'utf8').includes('longest-grant'))
    await holdsInMain(home, founder.name)
  })
})

/** The rule that came with the amendment is the first thing that an order in another domain hears of. */
async function holdsInMain(home: CommandLineHome, operator: string): Promise<void> {
  await home.must(
    'agent',
    'add',
    'bob',
    '--token-file',
    join(home.folder, 'bob.token'),
    '--operator',
    operator,
  )
  const server = new URL('../../harness/logging-server.mjs', import.meta.url).pathname
  const words = [
    '--writable',
    home.work,
    '--operator',
    operator,
    '--',
    process.execPath,
    server,
    join(home.work, 'log'),
  ]
  await home.must('driver', 'add', 'log', ...words)
  const grant = ['grant', 'bob', 'log', 'tools/act', '--operator', operator]
  const forever = await home.run(...grant)
  assert.equal(forever.status, 1, forever.stderr)
  assert.match(forever.stderr, /Canon, longest-grant/)
  await home.must(...grant, '--expires', '1h')
}
