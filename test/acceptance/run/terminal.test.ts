/** A person's terminal is lent to a program and comes back as it was. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import type { AtTerminal } from './pseudo-terminal.ts'
import { atTerminal } from './pseudo-terminal.ts'
import { runHome } from './run-world.ts'

let home: CommandLineHome

before(async () => {
  home = await runHome()
  // Signs what the standing agent needs, so that the tests see only what they are about.
  await home.must('run', '--', 'true')
})
after(() => home.remove())

const limit = { timeout: 60_000 }

function terminal(line: string): AtTerminal {
  const custos = home.command.map((word) => `'${word}'`).join(' ')
  return atTerminal(line.replaceAll('custos', custos), home.work, home.env)
}

test('an interactive program has the terminal, its size and its keys', limit, async () => {
  const at = terminal(
    `stty rows 31 cols 97; custos run --no-view -- sh -c 'stty size; read -r line; echo "got $line"; exit 4'`,
  )
  await at.sees('31 97')
  at.type('some words\n')
  await at.sees('got some words')
  assert.equal(await at.ended, 4)
})

test('one interrupt is the program’s own to answer, and two are the end of it', limit, async () => {
  const script = `python3 -c "
import time
try:
  print('ready one', flush=True); time.sleep(60)
except KeyboardInterrupt: print('caught it', flush=True)"`
  // The shell of the test is interrupted too, and would end as such.
  const at = terminal(`trap : INT; custos run --no-view -- ${script}; exit $?`)
  await at.sees('ready one')
  at.type('\u0003')
  await at.sees('caught it')
  assert.equal(await at.ended, 0)
  const stubborn = terminal(
    `trap : INT; custos run --no-view -- sh -c "trap '' INT TERM HUP; echo ready; while :; do sleep 1; done"; exit $?`,
  )
  await stubborn.sees('ready')
  // Two that arrive at once are one to the system, so the keys are pressed as a person would.
  const keys = setInterval(() => stubborn.type('\u0003'), 300)
  await stubborn.sees('stopped: interrupted twice').finally(() => clearInterval(keys))
  assert.equal(await stubborn.ended, 137)
})

test('a stopped program goes on where it was', limit, async () => {
  const at = terminal(
    `bash -c 'set -m; custos run --no-view -- sh -c "echo begun; until [ -e go ]; do sleep 0.1; done; echo woken; read -r x; echo \\$x"; echo "left $?"; fg; echo "over $?"'`,
  )
  await at.sees('begun')
  at.type('\u001A')
  await at.sees(/left 1\d\d/u)
  home.write('go', '')
  await at.sees('woken')
  at.type('again\n')
  await at.sees('over 0')
  await at.ended
})

test('a program that dies raw, on the other screen, with the mouse on leaves none of it', limit, async () => {
  home.write('raw.sh', `stty raw -echo; printf '\\033[?1049h\\033[?1003h\\033[?2004h'; kill -9 $$\n`)
  const at = terminal('custos run --no-view -- sh raw.sh; echo "was $?"; stty -a')
  await at.sees('was 137')
  await at.ended
  assert.match(at.shown(), /(?<!-)icanon[^]*(?<!-)\becho\b/u)
  for (const off of ['\u001B[?1003l', '\u001B[?2004l', '\u001B[?1047l', '\u001B[?25h'])
    assert.ok(at.shown().lastIndexOf(off) > at.shown().lastIndexOf('\u001B[?1049h'), JSON.stringify(off))
})

test('nothing that a program makes the terminal answer reaches the shell', limit, async () => {
  const rest = (seconds: number, most: number): string =>
    `bash -c 'IFS= read -r -s -t ${seconds} -n ${most} rest; echo "left over: \${#rest}"'`
  const question = `printf '\\033[6n\\033[6n\\033[6n'`
  const at = terminal(`custos run --no-view -- sh -c ${JSON.stringify(question)}; ${rest(1, 64)}`)
  await at.sees('left over: ')
  await at.ended
  assert.match(at.shown(), /left over: 0/u)
  // The same without a boundary: the emulator of this test does answer.
  const plain = terminal(`stty -echo; sh -c ${JSON.stringify(question)}; ${rest(30, 6)}`)
  await plain.ended
  assert.match(plain.shown(), /left over: [1-9]/u)
})

test('what changed is asked about, shown and committed at the same place', limit, async () => {
  home.write('poem.txt', 'one line\n')
  const at = terminal(`custos run -- sh -c 'echo another >> poem.txt; echo new > fresh.txt'`)
  await at.sees('[c]ommit [s]how [k]eep [d]rop')
  at.type('s\n')
  await at.sees('+another')
  await at.sees('[c]ommit [s]how [k]eep [d]rop')
  at.type('c\n')
  await at.sees('committed 2')
  assert.equal(await at.ended, 0)
  assert.equal(readFileSync(join(home.work, 'poem.txt'), 'utf8'), 'one line\nanother\n')
  assert.equal(readFileSync(join(home.work, 'fresh.txt'), 'utf8'), 'new\n')
  const dropped = terminal(`custos run -- sh -c 'echo no > unwanted.txt'`)
  await dropped.sees('[c]ommit [s]how [k]eep [d]rop')
  dropped.type('d\n')
  await dropped.sees('dropped')
  await dropped.ended
  assert.equal(existsSync(join(home.work, 'unwanted.txt')), false)
  assert.equal((await home.must('changes')).stdout.includes('poem'), false)
})
