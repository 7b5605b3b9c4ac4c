/**
 * Erasure, legal holds and recorded reading, through the whole product: what was said about one subject is found
 * nowhere afterwards, and everything else is as it was.
 */
import assert from 'node:assert/strict'
import { cpSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { filesWith, formsOf, isInMemory } from '../../hostile/secrets/traces.ts'
import { textOf } from '../../../src/cli/kernel-client.ts'
import { until } from '../../harness/world.ts'
import { ledgerDisk } from '../../../src/ledger/keeping/ledger-disk.ts'
import { LedgerReader } from '../../../src/ledger/reader.ts'
import { keyForms, sealedOf } from './key-forms.ts'
import type { Agent } from '../../../src/sdk/agent.ts'
import type { PrivacyWorld } from './privacy-world.ts'
import { inPrivacyWorld, say } from './privacy-world.ts'

const carolsSecret = 'carol-canary-7d1f0b3e'
const bobsSecret = 'bob-canary-55c2a9e4'
const carols = formsOf(carolsSecret)

interface Shown {
  readonly payload: string | null
}

async function shown({ json }: PrivacyWorld, seq: number): Promise<string> {
  return ((await json('ledger', 'show', String(seq))) as Shown).payload ?? ''
}

async function kernelPid({ json }: PrivacyWorld): Promise<number> {
  const units = (await json('ps')) as readonly { readonly unit: string; readonly pid: number }[]
  return units.find(({ unit }) => unit === 'kernel')?.pid ?? 0
}

/** The key and all that was derived from it for the payloads in that ledger. */
function formsIn(domain: string, subject: number, key: Buffer): readonly Buffer[] {
  const records = new LedgerReader(ledgerDisk(domain)).range(1, 10_000)
  assert.ok(records.ok)
  const sealed = sealedOf(
    subject,
    records.value.map(({ stored }) => stored),
  )
  assert.ok(sealed.length > 0)
  return keyForms(key, sealed)
}

test('what was said about an erased subject is nowhere, and everything else is as it was', async () => {
  await inPrivacyWorld(async (world) => {
    const { home, json } = world
    await home.must('subject', 'add', 'case-9')
    const kim = await world.agent('kim', 'case-9')
    const bob = await world.agent('bob')
    const small = await say(kim, `small ${carolsSecret}`)
    const large = await say(kim, `${'large '.repeat(2_000)}${carolsSecret}`)
    const others = await say(bob, `about ${bobsSecret}`)
    assert.ok(isInMemory(await kernelPid(world), carols), 'control: the search finds what the kernel handles')
    for (const seq of [small, large]) assert.ok((await shown(world, seq)).includes(carolsSecret))
    assert.deepEqual(filesWith(home.home, carols), [], 'nothing is in the clear before either')
    const exported = (await home.must('ledger', 'export', '--payloads')).stdout
    assert.ok(exported.includes(Buffer.from(carolsSecret).toString('base64').slice(4, 20)), 'control')
    const backup = join(home.folder, 'backup')
    await home.must('ledger', 'backup', '--to', backup)
    await home.must('ledger', 'snapshot')
    cpSync(join(home.home, 'domains'), join(home.folder, 'copy'), { recursive: true })
    const before = (await json('ledger', 'replay', '--at', String(others))) as { readonly root: string }
    const keys = join(home.home, 'keys', 'main.subjects')
    assert.equal(readdirSync(keys).length, 2)
    // It was named before there were agents.
    const subject = String(Math.min(...readdirSync(keys).map(Number)))
    const key = readFileSync(join(keys, subject))
    assert.ok(isInMemory(await kernelPid(world), [key]), 'control: the key is there')
    const forms = formsIn(join(home.home, 'domains', 'main'), Number(subject), key)

    const erased = await home.must('ledger', 'erase', '--subject', 'case-9', '--reason', 'the case is closed')
    assert.match(erased.stdout, /keys are destroyed/u)
    assert.equal(
      isInMemory(await kernelPid(world), forms),
      false,
      'no form of the key, and nobody started anew',
    )
    assert.deepEqual([readdirSync(keys).length, readdirSync(keys).includes(subject)], [1, false])
    for (const seq of [small, large]) assert.equal(await shown(world, seq), '')
    assert.ok((await shown(world, others)).includes(bobsSecret))
    assert.equal((await home.run('ledger', 'verify')).status, 0)
    assert.deepEqual(await json('ledger', 'replay', '--at', String(others)), before)
    const kinds = (await world.events()).map(({ kind }) => kind)
    assert.ok(kinds.indexOf('subject.erased') < kinds.indexOf('erasure.completed'))
    const after = (await home.must('ledger', 'export', '--payloads')).stdout
    assert.ok(after.includes('"unavailable":"sealed"'))
    assert.equal(after.includes(Buffer.from(carolsSecret).toString('base64').slice(4, 20)), false)

    const again = await say(kim, 'a new beginning')
    assert.ok((await shown(world, again)).includes('a new beginning'), 'its agent goes on under another key')
    await home.must('down')
    await home.must('up')
    for (const forms of [carols, [key]]) assert.equal(isInMemory(await kernelPid(world), forms), false)
    assert.equal(await shown(world, small), '')
    for (const folder of [home.home, backup, join(home.folder, 'copy')])
      assert.deepEqual(filesWith(folder, carols), [], folder)
  })
})

test('a legal hold beats erasure, says whose it is, and ends', async () => {
  await inPrivacyWorld(async (world) => {
    const { home } = world
    const kim = await world.agent('kim')
    const seq = await say(kim, carolsSecret)
    const placed = await home.must('hold', 'place', '--process', 'kim', '--reason', 'case 7')
    const hold = /Hold (\d+)/u.exec(placed.stdout)?.[1] ?? ''
    assert.match((await home.must('hold', 'list')).stdout, /case 7/u)
    const refused = await home.run('ledger', 'erase', '--subject', 'kim')
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /Legal hold \d+ by root: case 7/u)
    const told = (await world.events()).find(({ kind }) => kind === 'order.refused')
    assert.match(textOf(told?.body ?? {}, 'message'), /case 7/u)
    assert.ok((await shown(world, seq)).includes(carolsSecret))
    await home.must('hold', 'release', hold, '--reason', 'settled')
    await approvedAndErased(world, kim)
    assert.equal(await shown(world, seq), '')
  })
})

/** An approval shows arguments, and its record says nothing of them once they are erased; nor does a failure. */
async function approvedAndErased({ home, events }: PrivacyWorld, kim: Agent): Promise<void> {
  const failed = { text: carolsSecret, fail: true }
  const failure = await kim.call({ object: 'echo', selector: 'tools/say', arguments: failed })
  assert.ok(failure.ok && JSON.stringify(failure.result).includes(carolsSecret), 'its agent hears all of it')
  await home.must('grant', 'kim', 'echo', 'say', '--open', '--ask')
  await home.must('revoke', 'c1')
  const before = (await events()).filter(({ kind }) => kind === 'payload.read').length
  const answer = say(kim, carolsSecret)
  const approvals = await until(async () => {
    const { stdout } = await home.must('approvals')
    return stdout.includes(carolsSecret) ? stdout : null
  }, 'a held call')
  await home.must('approvals')
  const readings = (await events()).filter(({ kind }) => kind === 'payload.read').slice(before)
  assert.deepEqual(
    readings.map(({ body }) => body['purpose']),
    ['approvals'],
  )
  const call = /call (\d+) waits/u.exec(approvals)?.[1] ?? ''
  await home.must('approve', call)
  await answer
  await home.must('ledger', 'erase', '--subject', 'kim')
  assert.equal((await home.must('ledger', 'export')).stdout.includes(carolsSecret), false)
  assert.equal((await home.run('why', `call-${call}`)).status, 0, 'what was decided can still be explained')
}

test('who reads payloads is recorded before they are opened, one event for however many', async () => {
  await inPrivacyWorld(async (world) => {
    const { home } = world
    const kim = await world.agent('kim')
    const seq = await say(kim, carolsSecret)
    const readings = async (): Promise<readonly string[]> =>
      (await world.events()).flatMap(({ kind, body }) =>
        kind === 'payload.read' ? [textOf(body, 'purpose')] : [],
      )
    await home.must('ledger', 'show', '1')
    assert.deepEqual(await readings(), [], 'what has no payload is no reading')
    await home.must('ledger', 'show', String(seq))
    await home.must('why', String(seq))
    await home.must('ledger', 'export', '--payloads')
    assert.deepEqual(await readings(), [`ledger show ${seq}`, `why ${seq}`, 'ledger export'])

    await home.must('down')
    const sealed = await home.must('ledger', 'show', String(seq))
    assert.match(sealed.stderr, /Payloads stay sealed/u)
    assert.equal(sealed.stdout.includes(carolsSecret), false)
    assert.equal((await home.run('ledger', 'export', '--payloads')).status, 4)
    const opened = await home.must('ledger', 'show', String(seq), '--offline')
    assert.ok(opened.stdout.includes(carolsSecret))
    await home.must('up')
    const told = await until(async () => {
      const events = await world.events()
      return (
        events.find(({ kind, body }) => kind === 'payload.read' && body['offlineAt'] !== undefined) ?? null
      )
    }, 'the reading to be recorded at the next start')
    assert.equal(told.body['from'], seq)
    assert.equal(existsSync(join(home.home, 'domains', 'main', 'noted-readings.taken')), false)
  })
})
