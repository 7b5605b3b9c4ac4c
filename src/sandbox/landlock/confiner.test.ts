import assert from 'node:assert/strict'
import { chmodSync, existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { after, describe, test } from 'node:test'
import type { Boundary } from '../boundary.ts'
import type { Outcome, TrialOptions } from '../../../test/sandbox/trial.ts'
import { skipped } from '../../../test/sandbox/rung-here.ts'
import { plentiful, starters, Trial } from '../../../test/sandbox/trial.ts'

const shell = (script: string): readonly string[] => ['sh', '-c', script]
const perl = (script: string): readonly string[] => ['perl', '-e', script]
const onRung: TrialOptions = { env: { TRIAL_RUNG: 'landlock' } }

const skip = await skipped('landlock')

for (const starter of starters) {
  describe(`under Landlock, when ${starter} starts it,`, { skip }, () => {
    const trial = new Trial(starter)
    // Root's programs are users to whom nothing belongs, and have to be let in.
    chmodSync(trial.folder, 0o755)
    after(() => trial.remove())
    const run = (
      part: Partial<Boundary>,
      command: readonly string[],
      more: TrialOptions = {},
    ): Promise<Outcome> => trial.run(part, command, { ...more, ...onRung })
    const output = async (part: Partial<Boundary>, command: readonly string[]): Promise<string> =>
      await trial.output(part, command, onRung)
    /** Root gives each program a user of its own, to whom a folder must be open. */
    const mode = starter === 'root' ? 0o777 : 0o700

    test('the system is readable, and nothing outside its own folders can be written', async () => {
      const { stdout, stderr, end } = await run(
        {},
        shell(
          'test -r /etc/os-release && echo yes; for f in /tmp /etc /usr /var/tmp /dev/shm /root; do touch $f/x; done; true',
        ),
      )
      assert.equal(end.status, 0)
      assert.equal(stdout, 'yes\n')
      assert.equal(stderr.match(/Permission denied/g)?.length, 6, stderr)
    })

    test('it is not root, has no capability and can gain none', async () => {
      const status = await output(
        {},
        perl('open F,"</proc/self/status"; print grep /^(Uid|Cap|NoNewPrivs|Seccomp:)/, <F>'),
      )
      assert.doesNotMatch(status, /Uid:.*\b0\b/)
      assert.match(status, /CapEff:\s+0+$/m)
      assert.match(status, /CapPrm:\s+0+$/m)
      assert.match(status, /NoNewPrivs:\s+1/)
      assert.match(status, /Seccomp:\s+2/)
    })

    test('a writable folder is written in place, a readable one is only read, and others are closed', async () => {
      const [open, shown, shut] = [
        trial.makeFolder('open', mode),
        trial.makeFolder('shown'),
        trial.makeFolder('shut'),
      ]
      trial.makeFile('shown/note', 'note')
      trial.makeFile('shut/secret', 'secret')
      const script = `cat ${shown}/note; echo x > new; touch ${shown}/x; cat ${shut}/secret; ln -s ${shut}/secret link; cat link; ln ${shown}/note hard`
      const { stdout, stderr } = await run({ writable: [open], readable: [shown], cwd: open }, shell(script))
      assert.equal(stdout, 'note')
      assert.equal(readFileSync(`${open}/new`, 'utf8'), 'x\n')
      assert.ok(
        !existsSync(`${shown}/x`) && !existsSync(`${open}/hard`),
        'and it takes nothing in by a hard link',
      )
      assert.equal(stderr.match(/Permission denied/g)?.length, 3, stderr)
    })

    test('what is hidden in a readable folder stays closed, also by another name', async () => {
      const folder = trial.makeFolder('mixed')
      trial.makeFile('mixed/a/seen', 'seen')
      const secret = trial.makeFile('mixed/a/secret', 'secret')
      const { stdout } = await run(
        { readable: [folder], hidden: [secret] },
        shell(`cat ${folder}/a/seen ${folder}/a/../a/secret; ls ${folder}/a`),
      )
      assert.equal(stdout, 'seen')
    })

    test('a file that is hidden before it is there stays closed when it comes', async () => {
      const folder = trial.makeFolder('later', mode)
      trial.makeFile('later/seen', 'seen')
      const part = { readable: [folder], hidden: [`${folder}/key`] }
      const ran = run(part, shell(`sleep 0.5; cat ${folder}/seen ${folder}/key`))
      await new Promise((resolve) => {
        setTimeout(resolve, 300)
      })
      trial.makeFile('later/key', 'key')
      assert.equal((await ran).stdout, 'seen')
    })

    test('a view, and what cannot be hidden, are refused with a reason', async () => {
      const folder = trial.makeFolder('viewed', mode)
      const view = await run({ views: [{ path: folder, store: trial.makeFolder('store') }] }, ['true'])
      assert.match(view.error, /no copy-on-write view of .*viewed: make it writable, or use a stronger rung/)
      trial.makeFile('viewed/in/secret', 'x')
      const hidden = await run({ writable: [folder], hidden: [`${folder}/in`] }, ['true'])
      assert.match(hidden.error, /cannot hide .*\/in in .*viewed/)
    })

    test('a folder that the program’s user cannot use is an error and not left out', async (context) => {
      if (starter !== 'root') return context.skip('an ordinary user’s program is that user')
      const folder = trial.makeFolder('closed', 0o700)
      assert.match(
        (await run({ writable: [folder] }, ['true'])).error,
        /user \d+ cannot (read|write) .*closed/,
      )
    })

    test('its temporary folder and its home are private, writable and gone afterwards', async () => {
      const found = await output(
        {},
        shell('echo x > $TMPDIR/f; echo y > $HOME/f; echo $TMPDIR; stat -c %a $TMPDIR $HOME'),
      )
      const [path = '', ...modes] = found.trim().split('\n')
      assert.ok(path.startsWith(tmpdir()))
      assert.deepEqual(modes, ['700', '700'])
      assert.ok(!existsSync(path))
    })

    test('what it leaves in its temporary folder goes, however deep it is and whoever may enter it', async () => {
      const script =
        'chdir $ENV{TMPDIR}; print $ENV{TMPDIR}; for (1 .. 40) { mkdir "d" x 200; chdir "d" x 200; open F, ">", "f" } chdir $ENV{TMPDIR}; mkdir "shut"; open F, ">", "shut/f"; chmod 0, "shut"'
      const path = await output({}, perl(script))
      assert.ok(path.startsWith(tmpdir()) && !existsSync(path))
    })

    test('it inherits no descriptor but its three streams', async () => {
      const script = 'for (3..200) { open(my $f, "<&=", $_) and print "$_ " }'
      assert.equal(await output({}, perl(script)), '')
    })

    test('it can neither signal nor look into processes that are not its own', async () => {
      const { stdout, stderr } = await run(
        {},
        perl(`print kill(0, ${process.pid}) ? "signal" : "none $!\n"; print getppid() > 1 && kill(9, getppid()) ? "parent" : "none $!\n";
          for my $f ("environ", "mem", "maps", "cmdline", "status", "root/etc/passwd") { open(F, "<", "/proc/${process.pid}/$f") and print "reads $f\n" }`),
      )
      assert.equal(stdout, 'none Operation not permitted\nnone Operation not permitted\n', stderr)
    })

    test('sockets of every family but local and internet streams are not there, and none of those leads anywhere', async () => {
      const socket = trial.makeFile('socket/none', '')
      const script = String.raw`use Socket;
        for ([1,2],[2,2],[2,3],[10,1],[16,3],[17,3],[38,5],[40,1],[1,5],[31,1]) { socket(my $s, $_->[0], $_->[1], 0) and print "socket @$_\n" }
        socket(my $m, 2, 1, 262) and print "mptcp\n";
        socket(my $t, 2, 1, 0) or print "no tcp $!\n"; connect($t, pack_sockaddr_in(9, inet_aton("127.0.0.1"))) and print "tcp\n";
        print "tcp: $!\n"; send($t, "x", 0x20000000, pack_sockaddr_in(9, inet_aton("127.0.0.1"))) and print "fast open\n";
        bind($t, pack_sockaddr_in(0, INADDR_ANY)) and print "bind\n"; listen($t, 5) and print "listen\n";
        socket(my $u, 1, 1, 0); connect($u, pack_sockaddr_un("$ARGV[0]")) and print "unix\n"; print "unix: $!\n";
        connect($u, pack("S a*", 1, "\0abstract")) and print "abstract\n"; bind($u, pack("S a*", 1, "\0x$$")) and print "abstract bind\n";
        socketpair(my $a, my $b, 1, 2, 0) and print "datagram pair\n"; socketpair($a, $b, 1, 1, 0) or print "no pair\n";`
      const found = await output({ readable: [socket] }, [...perl(script), socket])
      assert.equal(found, 'tcp: Network is unreachable\nunix: Permission denied\n')
    })

    test('the calls that reach what no namespace divides are refused', async () => {
      const calls = {
        ptrace: [101, 16, 1, 0, 0],
        mount: [165, 0, 0, 0, 0, 0],
        unshare: [272, 0x10000000],
        setns: [308, 0, 0],
        bpf: [321, 0, 0, 0],
        perf: [298, 0, 0, 0, 0, 0],
        ring: [425, 1, 0],
        keyctl: [250, 0, -3, 0],
        fault: [323, 0],
        shmget: [29, 1, 4096, 0o1600],
        msgget: [68, 1, 0o1600],
        semget: [64, 1, 1, 0o1600],
        limit: [302, process.pid, 7, 0, 0],
        affinity: [203, process.pid, 8, 0],
        priority: [141, 0, process.pid, 5],
        user: [141, 2, 0, 5],
        watch: [254, 0, 0, 0],
        chown: [93, 1, 1, 1],
      }
      const numbers = Object.entries(calls).map(([name, call]) => `[${[`"${name}"`, ...call].join(',')}]`)
      const script = `for (${numbers.join(',')}) { my ($n, @c) = @$_; syscall($c[0], map { $_ + 0 } @c[1..$#c]) != -1 and print "$n\\n"; $! == 1 || $! == 38 or print "$n $!\\n" }`
      assert.equal(process.arch === 'x64' ? await output({}, perl(script)) : '', '')
    })

    test('modes and times are changed in writable folders and nowhere else', async () => {
      const [open, shown] = [trial.makeFolder('modes', mode), trial.makeFolder('own')]
      const kept = trial.makeFile('own/kept', 'x', 0o644)
      const script = `umask 022; echo x > f; chmod 751 f; touch -d @1000 f; stat -c '%a %Y' f; chmod 4755 f; stat -c %a f; ln -s ${kept} link
        for t in ${kept} link /proc/self/cwd/../own/kept; do chmod 777 $t; touch -d @1000 $t; done; exec 3<${kept}; perl -e 'open F, "<&=3"; chmod 0777, *F and print "descriptor"'; true`
      const { stdout } = await run({ writable: [open], readable: [shown], cwd: open }, shell(script))
      assert.equal(stdout, '751 1000\n755\n')
      assert.equal(lstatSync(kept).mode & 0o777, 0o644)
      assert.notEqual(lstatSync(kept).mtimeMs, 1_000_000)
    })

    test('programs reach the egress socket by the usual variables, and nothing else', async () => {
      const folder = trial.makeFolder('net', mode)
      const egress = `${folder}/egress.sock`
      const server = createServer((request, response) => response.end(`through ${request.url}`))
      await new Promise<void>((resolve) => {
        server.listen(egress, resolve)
      })
      chmodSync(egress, 0o777)
      try {
        const script = String.raw`use Socket; my ($ip, $port) = $ENV{http_proxy} =~ m{//([\d.]+):(\d+)} or die; socket(my $s, 2, 1, 0);
          connect($s, pack_sockaddr_in($port, inet_aton($ip))) or die "connect $!"; send $s, "GET http://a.example/b HTTP/1.0\r\n\r\n", 0; local $/; print <$s> =~ /\r\n\r\n(.*)/s;
          connect($s, pack_sockaddr_in($port, inet_aton("127.0.0.2"))) and print "elsewhere"; socket(my $o, 2, 1, 0); connect($o, pack_sockaddr_in($port, inet_aton("10.0.0.1"))) and print "elsewhere";`
        assert.equal(await output({ sockets: { egress } }, perl(script)), 'through http://a.example/b')
        assert.match((await run({}, perl(script))).stderr, /Use of uninitialized|Died|connect/)
      } finally {
        server.close()
      }
    })

    test('it has not begun before it may, and never begins when it may not', async () => {
      const folder = trial.makeFolder('begin', mode)
      const held = await run({ writable: [folder] }, shell(`echo begun > ${folder}/mark`), { rejects: true })
      assert.match(held.error, /not begun: it must not begin/)
      assert.deepEqual(readdirSync(folder), [])
    })

    test('it ends with its status, and with that of a shell when a signal ended it', async () => {
      assert.equal((await run({}, shell('exit 7'))).end.status, 7)
      assert.equal((await run({}, shell('kill -TERM $$'))).end.status, 143)
      const missing = await run({}, ['no-such-program'])
      assert.equal(missing.end.status, 127)
      assert.equal(missing.stderr, 'custos: cannot run no-such-program: No such file or directory\n')
      assert.equal((await run({}, ['/nonexistent'])).end.status, 127)
      const file = trial.makeFile('inert/file', '')
      const closed = await run({ readable: [`${trial.folder}/inert`] }, [file])
      assert.equal(closed.stderr, `custos: cannot run ${file}: Permission denied\n`)
      assert.equal(closed.end.status, 126)
    })

    test('everything dies with it: what left its session, ignores signals, stopped or spins', async () => {
      const mark = `mark-${process.pid}-${starter}`
      const script = `trap "" TERM HUP INT; for i in 1 2 3; do (setsid sh -c 'exec sleep 600 ${mark} 2>/dev/null || exec perl -e "sleep 600" ${mark}' &); done
        (perl -e 'kill STOP => $$; sleep 600' ${mark} &); (perl -e '1 while 1' ${mark} &); sleep 0.3`
      const natural = await run({}, shell(script))
      assert.equal(natural.end.status, 0)
      assert.deepEqual(carrying(mark), [], 'when it ends by itself')
      const killed = await run({}, shell(`${script}; exec sleep 600`), { killAfterMs: 700 })
      assert.equal(killed.end.signal, 'SIGKILL')
      assert.deepEqual(carrying(mark), [], 'and when it is killed')
    })

    test('when only the outermost process is killed the warden kills the rest', async () => {
      const mark = `orphan-${process.pid}-${starter}`
      const child = trial.spawn(
        {},
        shell(`(setsid perl -e 'sleep 600' ${mark} &); exec perl -e 'sleep 600' ${mark}`),
        onRung,
      )
      await eventually(() => carrying(mark).length === 2)
      child.kill('SIGKILL')
      await eventually(() => carrying(mark).length === 0)
    })

    test('limits end it and say so', async () => {
      const wall = await run({ limits: { ...plentiful, wallMs: 300 } }, ['sleep', '60'])
      assert.equal(wall.end.limit, 'wall time')
      const files = await output({ limits: { ...plentiful, openFiles: 20 } }, shell('ulimit -n'))
      assert.equal(files.trim(), '20')
    })
  })
}

/** Processes that have `mark` among their words, zombies left out. */
function carrying(mark: string): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
      return (
        words.includes(mark) &&
        words[0] !== 'sh' &&
        !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${name}/status`, 'utf8'))
      )
    } catch {
      return false
    }
  })
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    assert.ok(waited < 60_000, 'it did not come about')
    await new Promise((resolve) => {
      setTimeout(resolve, 20)
    })
  }
}
