/** Every attack on every rung that is here comes to nothing; and each comes to something where what stops it is missing. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Rung } from '../../../src/sandbox/boundary.ts'
import { probeLadder } from '../../../src/sandbox/ladder.ts'
import { AttackWorld } from './attack-world.ts'
import type { Starter } from './campaign.ts'
import { Workshop, attacks, attacksOn, repository } from './campaign.ts'
import { confinerOf } from './confiner-of.ts'
import { staleDefences } from './defences.ts'
import { usualBoundary } from './launch-attack.ts'

const isRoot = process.getuid?.() === 0
const workshop = new Workshop()
after(() => workshop.close())

const places: readonly (readonly [Rung, Starter])[] = [
  ['bubblewrap', 'user'],
  ['gvisor', 'user'],
  ['landlock', 'user'],
  ...(isRoot ? ([['bubblewrap', 'root']] as const) : []),
]

test('every defence is where it is taken away from', () => {
  assert.deepEqual(staleDefences(repository), [])
})

test('there are at least a hundred attacks', () => {
  assert.ok(attacks.length >= 100, `${attacks.length}`)
  assert.equal(new Set(attacks.map(({ name }) => name)).size, attacks.length)
})

test('every rung is here: a campaign that skips one says nothing about it', async () => {
  const { ladder } = await probeLadder()
  for (const { rung, available, detail } of ladder) assert.ok(available, `${rung}: ${detail}`)
})

/** Begun together, and looked at one by one. */
const begun = places.map(([rung, starter]) => {
  const names = attacksOn(rung, starter).map(({ name }) => name)
  return { rung, starter, names, findings: quiet(workshop.run(starter, rung, names)) }
})
const shown = attacks.filter(({ without }) => without !== 'plain as root' || isRoot)
const controls = quiet(workshop.controls(shown))

for (const { rung, starter, names, findings: whole } of begun) {
  test(`no attack succeeds on the ${rung} rung, started by ${starter === 'root' ? 'root' : 'an ordinary user'}`, async () => {
    const findings = await whole
    assert.equal(findings.length, names.length)
    const harms = findings.filter(({ harm, obstacle }) => harm !== null || obstacle !== null)
    assert.deepEqual(harms, [])
  })
}

test('every attack succeeds without the defences it names', async () => {
  const findings = await controls
  assert.equal(findings.length, shown.length)
  assert.deepEqual(
    findings.filter(({ harm }) => harm === null),
    [],
  )
})

for (const rung of ['bubblewrap', 'gvisor', 'landlock'] as const) {
  test(`a zero byte in a variable adds no words to what makes the boundary, on the ${rung} rung`, async () => {
    const world = new AttackWorld()
    try {
      const confiner = await confinerOf(rung, world)
      const boundary = usualBoundary(world, rung)
      const environment = { ...boundary.environment, A: `x\0--bind\0${world.person}\0/mnt` }
      const started = await confiner.start(
        { ...boundary, views: [], cwd: '/', environment },
        { command: '/usr/bin/test', args: ['!', '-e', '/mnt/notes.txt'], stdio: 'ignore' },
      )
      if (started.ok) assert.equal((await started.value.ended).status, 0)
      else assert.match(started.error, /zero/u)
    } finally {
      world.close()
    }
  })
}

/** Fails where it is waited for, and not before. */
function quiet<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}
