import assert from 'node:assert/strict'
import { chmodSync, existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, describe, test } from 'node:test'
import type { Boundary } from '../boundary.ts'
import type { Outcome, TrialOptions } from '../../../test/sandbox/trial.ts'
import { plentiful, starters, Trial } from '../../../test/sandbox/trial.ts'

const shell = (script: string): readonly string[] => ['sh', '-c', script]
const perl = (script: string): readonly string[] => ['perl', '-e', script]
const onRung: TrialOptions = { env: { TRIAL_RUNG: 'gvisor' } }

for (const starter of starters) {
  describe(`in a machine that ${starter} starts,`, () => {
    const trial = new Trial(starter)
    after(() => trial.remove())
    const run = (
      part: Partial<Boundary>,
      command: readonly string[],
      more: TrialOptions = {},
    ): Promise<Outcome> => trial.run(part, command, { ...more, ...onRung })
    const output = (part: Partial<Boundary>, command: readonly string[]): Promise<string> =>
      trial.output(part, command, onRung)

    test('the kernel is another than the host’s, and the program is nobody to the host', async () => {
      const host = readFileSync('/proc/sys/kernel/osrelease', 'utf8')
      const { stdout, outside } = await run({}, shell('uname -r; grep -h CapEff /proc/self/status'))
      assert.notEqual(stdout.split('\n')[0], host.trim())
      assert.match(stdout, /CapEff:\s+0+$/m)
      const uids = [...outside.matchAll(/^Uid:\s+(.*)$/gm)].map(([, all]) => all)
      assert.ok(uids.length >= 2)
      assert.ok(
        uids.every((all) => !/\b0\b/.test(all ?? '')),
        'no process of it is root outside',
      )
    })

    test('the system is readable, nothing of it can be written, and what is not named is not there', async () => {
      trial.makeFile('aside/secret', 'x')
      const { stdout, stderr } = await run(
        {},
        shell(
          `test -r /etc/os-release && echo yes; touch /etc/x /usr/x /run/x /x; ls -A /home /root ${trial.folder} /run/custos/machine`,
        ),
      )
      assert.match(stdout, /^yes\n/)
      assert.equal(stderr.match(/touch: .*(Permission denied|Read-only file system)/g)?.length, 4, stderr)
      assert.doesNotMatch(stdout, /secret|config/)
    })

    test('readable, writable, viewed and hidden folders are what they are on the rung below', async () => {
      const [shown, open, viewed, store] = [
        trial.makeFolder('shown', 0o700),
        trial.makeFolder('open', 0o700),
        trial.makeFolder('viewed', 0o700),
        trial.makeFolder('store'),
      ]
      trial.makeFile('shown/note', 'note', 0o600)
      trial.makeFile('shown/in/secret', 'secret')
      trial.makeFile('viewed/kept', 'kept', 0o600)
      trial.makeFile('viewed/gone', 'gone')
      const part = {
        readable: [shown],
        writable: [open],
        views: [{ path: viewed, store }],
        hidden: [`${shown}/in`],
        cwd: viewed,
      }
      const script = `cat ${shown}/note; ls -A ${shown}/in; touch ${shown}/x; echo new > ${open}/new; echo more >> kept; rm gone; mkdir a; echo b > a/b; ls`
      const { stdout, stderr, end } = await run(part, shell(script))
      assert.equal(end.status, 0, stderr)
      assert.equal(stdout, 'notea\nkept\n')
      assert.match(stderr, /Read-only|Permission denied/)
      assert.equal(readFileSync(`${open}/new`, 'utf8'), 'new\n')
      assert.equal(lstatSync(`${open}/new`).uid, lstatSync(open).uid)
      assert.equal(readFileSync(`${viewed}/kept`, 'utf8'), 'kept')
      assert.equal(readFileSync(`${store}/upper/kept`, 'utf8'), 'keptmore\n')
      assert.ok(lstatSync(`${store}/upper/gone`).isCharacterDevice())
      assert.equal(lstatSync(`${store}/upper/a/b`).uid, lstatSync(viewed).uid)
      assert.deepEqual(readdirSync(store), ['upper'])
    })

    test('temporary folders are its own, and bounded', async () => {
      const limits = { ...plentiful, diskMiB: 8 }
      const script =
        'stat -c %a /tmp $HOME; echo x > $HOME/f && echo home; head -c 20000000 /dev/zero > /tmp/big; stat -c %s /tmp/big'
      const { stdout } = await run({ limits }, shell(script))
      const [first, second, third, size] = stdout.split('\n')
      assert.deepEqual([first, second, third], ['1777', '700', 'home'])
      assert.ok(Number(size) <= 8 * 1_048_576)
    })

    test('only the egress socket leads out, by the usual variables', async () => {
      const folder = trial.makeFolder('net')
      const server = createServer((request, response) => response.end(`through ${request.url}`))
      await new Promise<void>((resolve) => {
        server.listen(`${folder}/egress.sock`, resolve)
      })
      chmodSync(`${folder}/egress.sock`, 0o777)
      try {
        const script = String.raw`use Socket; my ($ip, $port) = $ENV{http_proxy} =~ m{//([\d.]+):(\d+)} or die; socket(my $s, 2, 1, 0);
          connect($s, pack_sockaddr_in($port, inet_aton($ip))) or die "connect $!"; send $s, "GET http://a.example/b HTTP/1.0\r\n\r\n", 0; local $/; print <$s> =~ /\r\n\r\n(.*)/s;
          for (["10.0.0.1", 80], ["127.0.0.1", 9]) { socket(my $o, 2, 1, 0); connect($o, pack_sockaddr_in($_->[1], inet_aton($_->[0]))) and print "elsewhere" }
          socket(my $v, 40, 1, 0) and print "vsock"; open F, "</proc/net/dev"; local $/ = "\n"; print map { /^\s*(\w+):/ && $1 ne "lo" ? "interface $1" : () } <F>`
        const found = await output({ sockets: { egress: `${folder}/egress.sock` } }, perl(script))
        assert.equal(found, 'through http://a.example/b')
      } finally {
        server.close()
      }
    })

    test('it inherits no descriptor, and no variable that was not made for it', async () => {
      const found = await trial.output(
        { environment: { GREETING: 'hello' } },
        perl(
          'for (3..200) { open(my $f, "<&=", $_) and print "$_ " } print join ",", grep { !/^(HOME|PATH|TMPDIR|PWD)$/ } sort keys %ENV',
        ),
        { env: { ...onRung.env, SECRET: 'x' } },
      )
      assert.equal(found, 'GREETING')
    })

    test('variables of the program do not reach what runs the machine', async () => {
      const folder = trial.makeFolder('sway')
      const environment = { LD_PRELOAD: `${folder}/none.so`, GODEBUG: 'inittrace=1', GREETING: 'hello' }
      const { stdout, stderr } = await run({ environment }, perl('print $ENV{GREETING}, $ENV{GODEBUG}'))
      assert.equal(stdout, 'helloinittrace=1')
      assert.doesNotMatch(stderr, /init runtime/)
      const lines = stderr.split('\n').filter((line) => line.includes('none.so'))
      assert.ok(
        lines.every((line) => !/^\/bin\/sh|bwrap/.test(line)),
        stderr,
      )
    })

    test('it has not begun before it may, and never begins when it may not', async () => {
      const folder = trial.makeFolder('begin')
      const held = await run({ writable: [folder] }, shell(`echo begun > ${folder}/mark`), { rejects: true })
      assert.match(held.error, /it must not begin/)
      assert.ok(!existsSync(`${folder}/mark`))
    })

    test('it ends with its status, and with that of a shell when a signal ended it', async () => {
      assert.equal((await run({}, shell('exit 7'))).end.status, 7)
      assert.equal((await run({}, shell('kill -9 $$'))).end.status, 137)
    })

    test('it is killed with everything in it, whatever that does', async () => {
      const script =
        'trap "" TERM INT HUP; (setsid sleep 600 &); (while :; do :; done) & (while :; do :; done) & wait'
      const { end, pids } = await run({}, shell(script), { killAfterMs: 400 })
      assert.equal(end.signal, 'SIGKILL')
      for (const pid of pids) assert.match(stateOf(pid), /^[ZX]?$/)
    })

    test('a fork bomb and a memory bomb end the machine and not more', async () => {
      const limits = { ...plentiful, processes: 16, memoryMiB: 96 }
      const forks = await run({ limits: { ...limits, wallMs: 8_000 } }, perl('fork while 1'))
      assert.notEqual(forks.end.status, 0)
      const memory = await run(
        { limits },
        perl('my @all; push @all, "x" x 10_000_000 for 1..200; print "all"'),
      )
      assert.doesNotMatch(memory.stdout, /all/)
    })
  })
}

/** The letter of its state; empty when there is no such process. */
function stateOf(pid: number): string {
  try {
    return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
  } catch {
    return ''
  }
}
