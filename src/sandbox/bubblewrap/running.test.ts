import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { plentiful, starters, Trial } from '../../../test/sandbox/trial.ts'

const shell = (script: string): readonly string[] => ['sh', '-c', script]

/** Whether a process with `mark` among its arguments lives anywhere on this machine. */
function lives(mark: string): boolean {
  return readdirSync('/proc').some((name) => {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
      return words.includes(mark) && !/^State:\s+Z/m.test(readFileSync(`/proc/${name}/status`, 'utf8'))
    } catch {
      return false
    }
  })
}

async function gone(mark: string): Promise<boolean> {
  for (let look = 0; look < 6_000 && lives(mark); look += 1) await setTimeout(10)
  return !lives(mark)
}

let marks = 0
const mark = (): string => `${86_400 + process.pid}.${++marks}`

for (const starter of starters) {
  describe(`a program in a boundary that ${starter} starts`, () => {
    const trial = new Trial(starter)
    after(() => trial.remove())

    test('runs as nobody who matters, with no capability, and can gain none', async () => {
      const { stdout, outside } = await trial.run({}, shell('cat /proc/self/status; id -u'))
      const ids = [...outside.matchAll(/^Uid:\s+(\d+)/gm)].map(([, uid]) => Number(uid))
      assert.ok(ids.length === 2 && ids.every((uid) => uid !== 0), outside)
      assert.match(stdout, /^CapEff:\s+0+$/m)
      assert.match(stdout, /^CapBnd:\s+0+$/m)
      assert.match(stdout, /^NoNewPrivs:\s+1$/m)
      assert.match(stdout, /^Seccomp:\s+2$/m)
      assert.doesNotMatch(stdout, /^0$/m)
      if (starter === 'root') assert.ok(ids.every((uid) => uid >= 0x70000000))
    })

    test('has the environment that was made for it and nothing else', async () => {
      const environment = { HOME: '/tmp/h', LANG: 'C', WORD: 'with = and\nline' }
      const env = { CANARY: 'canary', LD_PRELOAD: '/nowhere.so' }
      const seen = await trial.output({ environment }, ['env', '-0'], { env })
      assert.deepEqual(
        seen
          .split('\0')
          .filter((line) => !line.startsWith('PWD='))
          .toSorted(),
        [
          '',
          'HOME=/tmp/h',
          'LANG=C',
          'PATH=/usr/local/bin:/usr/bin:/bin',
          'TMPDIR=/tmp',
          'WORD=with = and\nline',
        ],
      )
      const inside = await trial.output({ environment }, shell('cat /proc/*/environ | tr "\\0" "\\n"'), {
        env,
      })
      assert.doesNotMatch(inside, /canary/)
    })

    test('inherits no descriptor but its three streams', async () => {
      const plant = ['bash', '-c', 'exec 47</etc/hostname; exec "$@"', 'plant']
      const script = 'for f in /proc/self/fd/*; do echo "$(basename $f) $(readlink $f)"; done'
      const seen = await trial.output({}, shell(script), { prefix: plant })
      const beyond = seen
        .trim()
        .split('\n')
        .filter((line) => Number(line.split(' ')[0]) > 2 && line.includes(' /'))
      assert.ok(
        beyond.every((line) => line.endsWith('/dev/null') || line.includes('/proc/')),
        seen,
      )
      assert.doesNotMatch(seen, /hostname/)
    })

    test('sees its own processes only', async () => {
      const seen = await trial.output({}, shell('ls -d /proc/[0-9]* | wc -l; kill -9 1; kill -9 -1; true'))
      assert.ok(Number(seen.trim()) < 6, seen)
    })

    test('ends with its status, and with that of a shell when a signal ended it', async () => {
      assert.deepEqual((await trial.run({}, shell('exit 7'))).end, { status: 7, signal: null, limit: '' })
      assert.equal((await trial.run({}, shell('kill -TERM $$'))).end.status, 143)
      const missing = await trial.run({}, ['no-such-program'])
      assert.equal(missing.end.status, 127)
      assert.equal(missing.stderr, 'custos: cannot run no-such-program: No such file or directory\n')
      const file = trial.makeFile('closed', '')
      const closed = await trial.run({ readable: [trial.folder] }, [file])
      assert.equal(closed.end.status, 126)
      assert.equal(closed.stderr, `custos: cannot run ${file}: Permission denied\n`)
    })

    test('a missing program is told of in the same words where a bridge stands before it', async () => {
      const missing = await trial.run({ terminal: 'inherit' }, ['no-such-program'])
      assert.equal(missing.end.status, 127)
      assert.equal(missing.stderr, 'custos: cannot run no-such-program: No such file or directory\n')
    })

    test('has not begun before it may, and never begins when it may not', async () => {
      const folder = trial.makeFolder('held')
      const held = await trial.run({ writable: [folder] }, shell(`date +%s%N > ${folder}/began`), {
        holdMs: 300,
      })
      assert.equal(held.end.status, 0)
      assert.ok(held.heldMs >= 300)
      const before = readFileSync(`${folder}/began`, 'utf8')
      const { error } = await trial.run({ writable: [folder] }, shell(`echo no > ${folder}/began`), {
        rejects: true,
      })
      assert.match(error, /it must not begin/)
      assert.equal(readFileSync(`${folder}/began`, 'utf8'), before)
    })

    test('is killed with everything that it hid away', async () => {
      const word = mark()
      const script = `trap '' TERM INT HUP; (setsid sh -c 'trap "" TERM; sleep ${word}' &) ; sleep ${word}`
      const { end } = await trial.run({}, shell(script), { killAfterMs: 300 })
      assert.equal(end.signal, 'SIGKILL')
      assert.equal(lives(word), false)
    })

    test('leaves nothing behind when it ends by itself', async () => {
      const word = mark()
      const { end } = await trial.run(
        {},
        shell(`(setsid sleep ${word} >/dev/null 2>&1 &); sleep 0.1; exit 3`),
      )
      assert.equal(end.status, 3)
      assert.equal(lives(word), false)
    })

    test('dies with whoever started it', async () => {
      const word = mark()
      const child = trial.spawn({}, shell(`(setsid sleep ${word} &); sleep ${word}`))
      for (let look = 0; look < 6_000 && !lives(word); look += 1) await setTimeout(10)
      assert.ok(lives(word))
      child.kill('SIGKILL')
      await once(child, 'exit')
      assert.ok(await gone(word))
    })

    test('is ended by its limits, which says so', async () => {
      const time = await trial.run({ limits: { ...plentiful, wallMs: 200 } }, ['sleep', '60'])
      assert.equal(time.end.limit, 'wall time')
      const limits = { ...plentiful, processes: 24 }
      const many = await trial.run({ limits }, shell('for i in $(seq 60); do sleep 5 & done; wait'), {
        killAfterMs: 60_000,
      })
      assert.match(many.stderr, /fork|Resource/)
    })

    test('has no terminal unless it is given one', async () => {
      const { stderr } = await trial.run({}, shell('echo x > /dev/tty'))
      assert.match(stderr, /No such device/)
    })

    test('leaves nothing mounted and nothing in the folder for temporary files', async () => {
      const folder = trial.makeFolder('mounted')
      const store = trial.makeFolder('mounted-store')
      await trial.output({ views: [{ path: folder, store }] }, ['true'])
      assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), /custos-trial/)
      const descriptor = openSync('/dev/null', 'r')
      closeSync(descriptor)
      assert.ok(
        !existsSync(`/proc/self/fd/${descriptor}`) || readlinkSync(`/proc/self/fd/${descriptor}`) !== store,
      )
    })
  })
}
