/**
 * A home and its witness, as people use them: cosigned within moments, checked offline from a copy, and found out when
 * the whole home is put back as it was.
 */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandLineHome } from '../../harness/command-line-home.ts'

const world = new CommandLineHome()
const running: ChildProcess[] = []
const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) =>
    child.exitCode === null && child.signalCode === null ? child.once('exit', () => resolve()) : resolve(),
  )

after(async () => {
  await world.run('down')
  for (const child of running) {
    child.kill()
    await ended(child)
  }
  rmSync(world.folder, { recursive: true })
})

const json = async (...words: readonly string[]): Promise<{ readonly [member: string]: unknown }> =>
  JSON.parse((await world.must(...words, '--json')).stdout) as { readonly [member: string]: unknown }

interface Evidence {
  readonly signed: number
  readonly witnessed: number
  readonly problems: readonly string[]
}

/** Looks until the evidence is as wanted. */
async function until(what: string, holds: (evidence: Evidence, seq: number) => boolean): Promise<void> {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(200)) {
    const { evidence, kernel } = await json('status')
    if (holds(evidence as Evidence, (kernel as { readonly seq: number }).seq)) return
  }
  assert.fail(`not seen: ${what}; ${(await world.run('status')).stdout}`)
}

const isWitnessed = (evidence: Evidence, seq: number): boolean =>
  evidence.witnessed === seq && evidence.problems.length === 0

test('a home is witnessed, verified from elsewhere, and found out when it is put back', async () => {
  await world.must('up')
  const keyFile = join(world.folder, 'w.key')
  const { key: witness } = await json('witness', 'init', '--key', keyFile, '--name', 'witness.example/one')
  const { key: log } = await json('ledger', 'witness')
  const socket = `unix:${join(world.folder, 'w.sock')}`
  const server = world.start(
    ['witness', '--key', keyFile, '--log', String(log), '--listen', socket],
    ['ignore', 'pipe', 'inherit'],
  )
  running.push(server)
  await new Promise((resolve) => server.stdout?.once('data', resolve))
  await world.must('ledger', 'witness', 'add', String(witness), socket)
  await until('the first cosignature', isWitnessed)

  await world.must('agent', 'add', 'early')
  await until('the cosignature of what came first', isWitnessed)
  await world.must('down')
  const copy = join(world.folder, 'copy')
  cpSync(join(world.home, 'domains/main'), copy, { recursive: true })

  await world.must('up')
  await world.must('agent', 'add', 'late')
  await until('the cosignature of what came later', isWitnessed)
  const later = join(world.folder, 'later.txt')
  await world.must('ledger', 'checkpoint', '-o', later)
  assert.match(
    readFileSync(later, 'utf8'),
    /^custos\/main\/[0-9a-f]{16}\n\d+\n.*\n\u2014 witness\.example\/one /su,
  )
  const trust = ['--key', String(log), '--witness', String(witness)]
  const good = await json('ledger', 'verify', '--checkpoint', later, ...trust)
  assert.equal(good['valid'], true)

  const bundle = join(world.folder, 'bundle.json')
  const { seq } = JSON.parse((await world.must('ledger', 'tail', '-n', '1', '--json')).stdout.trim()) as {
    seq: number
  }
  await world.must('ledger', 'prove', String(seq), '-o', bundle)
  const proved = await json('ledger', 'verify', '--bundle', bundle, ...trust)
  assert.equal(proved['valid'], true)
  await world.must('down')

  const alone = await world.run('ledger', 'verify', '--folder', join(copy, 'ledger'), '--key', String(log))
  assert.equal(alone.status, 0, 'the copy is right by itself')
  const compared = await world.run(
    'ledger',
    'verify',
    '--folder',
    join(copy, 'ledger'),
    '--checkpoint',
    later,
    ...trust,
  )
  assert.equal(compared.status, 4)
  assert.match(compared.stdout, /rolled-back/)

  rmSync(join(world.home, 'domains/main'), { recursive: true })
  cpSync(copy, join(world.home, 'domains/main'), { recursive: true })
  await world.must('up')
  await until('that the witness knows more', ({ problems }) =>
    problems.some((problem) => problem.includes('rolled back')),
  )
  const doctor = await world.run('doctor')
  assert.equal(doctor.status, 4)
  assert.match(doctor.stdout, /BAD {2}evidence +PROBLEM: witness witness\.example\/one: .*rolled back/)
})
