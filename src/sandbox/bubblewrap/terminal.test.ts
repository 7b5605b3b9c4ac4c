import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Boundary } from '../boundary.ts'
import type { Outcome } from '../../../test/sandbox/trial.ts'
import { starters, Trial } from '../../../test/sandbox/trial.ts'

interface Session {
  /** All that appeared on the terminal. */
  readonly screen: string
  readonly outcome: Outcome
}

/** Runs a Perl program with the terminal of its starter, and types `keys` as soon as it says `ready`. */
async function typed(trial: Trial, part: Partial<Boundary>, script: string, keys: string): Promise<Session> {
  const child = trial.spawn(part, ['perl', '-e', `$| = 1; ${script}`], { inherits: true, isOnTerminal: true })
  let screen = ''
  let hasTyped = false
  for await (const chunk of child.stdout ?? []) {
    screen += String(chunk)
    if (hasTyped || !screen.includes('ready')) continue
    hasTyped = true
    child.stdin?.write(keys)
  }
  const answer = /\{"error".*\}/.exec(screen)
  assert.ok(answer !== null, screen)
  return { screen, outcome: JSON.parse(answer[0]) as Outcome }
}

const inherit = { terminal: 'inherit' } as const

for (const starter of starters) {
  describe(`the terminal of a boundary that ${starter} starts`, () => {
    const trial = new Trial(starter)
    after(() => trial.remove())

    test('is the program’s when it is given: it reads what is typed and may open it by name', async () => {
      const script =
        'open(my $tty, "+<", "/dev/tty") or die; print -t STDIN ? "a terminal, ready\\n" : "none"; print "got ", scalar <$tty>'
      const { screen, outcome } = await typed(trial, inherit, script, 'words\n')
      assert.match(screen, /a terminal/)
      assert.match(screen, /got words/)
      assert.equal(outcome.end.status, 0)
    })

    test('^C reaches the program and does not end what stands around it', async () => {
      const script = '$SIG{INT} = sub { print "caught\\n"; exit 5 }; print "ready\\n"; sleep 20'
      const { screen, outcome } = await typed(trial, inherit, script, '\u0003')
      assert.match(screen, /caught/)
      assert.equal(outcome.end.status, 5)
    })

    test('^C ends a program that does nothing about it, as outside', async () => {
      const { outcome } = await typed(trial, inherit, 'print "ready\\n"; sleep 20', '\u0003')
      assert.equal(outcome.end.status, 130)
    })

    test('the program cannot put characters into it', async () => {
      const script =
        'for my $call (0x5412, 0x541c) { my $x = "x"; ioctl(STDIN, $call, $x) ? print "PUT" : print "refused: $!\\n" }'
      const { screen } = await typed(trial, inherit, script, '')
      assert.doesNotMatch(screen.replaceAll(/\{"error".*\}/g, ''), /PUT/)
      assert.equal(screen.match(/refused: Operation not permitted/g)?.length, 2)
    })

    test('is out of reach when it is not given, even with the streams of the starter', async () => {
      const script = 'print open(my $tty, "+<", "/dev/tty") ? "OPENED" : "no terminal: $!\\n"'
      const { screen } = await typed(trial, { terminal: 'none' }, script, '')
      assert.doesNotMatch(screen.replaceAll(/\{"error".*\}/g, ''), /OPENED/)
      assert.match(screen, /no terminal/)
    })
  })
}
