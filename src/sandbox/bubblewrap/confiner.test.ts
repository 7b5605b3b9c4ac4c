import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { after, describe, test } from 'node:test'
import { starters, Trial } from '../../../test/sandbox/trial.ts'

const shell = (script: string): readonly string[] => ['sh', '-c', script]

for (const starter of starters) {
  describe(`files inside a boundary that ${starter} starts`, () => {
    const trial = new Trial(starter)
    after(() => trial.remove())

    test('the system is readable, and nothing of it can be written', async () => {
      const script =
        'test -r /etc/os-release; for f in / /etc /usr /run /var /dev /home; do touch $f/x; done; true'
      const { stderr, end } = await trial.run({}, shell(script))
      assert.equal(end.status, 0)
      assert.equal(stderr.match(/Read-only file system/g)?.length, 7, stderr)
    })

    test('what is not named is not there', async () => {
      trial.makeFile('aside/secret', 'x')
      const found = await trial.output(
        {},
        shell(`ls -A /home /root /srv /mnt /sys ${trial.folder} 2>/dev/null; ls -A /tmp`),
      )
      assert.equal(found.replaceAll(/^\/\w+:$/gm, '').trim(), 'home')
    })

    test('a readable folder is read and not written, also when only its owner may', async () => {
      const folder = trial.makeFolder('readable', 0o700)
      trial.makeFile('readable/note', 'for my eyes', 0o600)
      const { stdout, stderr } = await trial.run(
        { readable: [folder] },
        shell(`cat ${folder}/note; touch ${folder}/x`),
      )
      assert.equal(stdout, 'for my eyes')
      assert.match(stderr, /Read-only/)
    })

    test('a writable folder is written in place, and what is made there is the starter’s', async () => {
      const folder = trial.makeFolder('writable', 0o700)
      const old = trial.makeFile('writable/old', 'one', 0o600)
      await trial.output(
        { writable: [folder], cwd: folder },
        shell('echo two >> old; mkdir new; echo three > new/file'),
      )
      assert.equal(readFileSync(old, 'utf8'), 'onetwo\n')
      assert.equal(lstatSync(`${folder}/new/file`).uid, lstatSync(folder).uid)
    })

    test('changes of a view go to its store and not to the folder', async () => {
      const folder = trial.makeFolder('viewed', 0o700)
      trial.makeFile('viewed/kept', 'kept', 0o600)
      trial.makeFile('viewed/gone', 'gone')
      const store = trial.makeFolder('store')
      const script = 'echo more >> kept; rm gone; mkdir -p a/b; echo new > a/b/c; cat kept; ls'
      const seen = await trial.output({ views: [{ path: folder, store }], cwd: folder }, shell(script))
      assert.equal(seen, 'keptmore\na\nkept\n')
      assert.deepEqual(readdirSync(folder), ['gone', 'kept'])
      assert.equal(readFileSync(`${folder}/kept`, 'utf8'), 'kept')
      assert.equal(readFileSync(`${store}/upper/kept`, 'utf8'), 'keptmore\n')
      assert.ok(lstatSync(`${store}/upper/gone`).isCharacterDevice())
      assert.equal(lstatSync(`${store}/upper/a/b/c`).uid, lstatSync(folder).uid)
      assert.deepEqual(readdirSync(store), ['upper'], 'what only the mount needed is cleared away')
      const again = await trial.output(
        { views: [{ path: folder, store }], cwd: folder },
        shell('cat kept a/b/c; ls'),
      )
      assert.equal(again, 'keptmore\nnew\na\nkept\n', 'a second boundary goes on where the first ended')
    })

    test('two views and a writable folder stand beside each other', async () => {
      const [one, two, three] = ['one', 'two', 'three'].map((name) => trial.makeFolder(`beside/${name}`))
      assert.ok(one !== undefined && two !== undefined && three !== undefined)
      const views = [one, two].map((path) => ({ path, store: trial.makeFolder(`stores${path}`) }))
      await trial.output({ views, writable: [three] }, shell(`touch ${one}/f ${two}/f ${three}/f`))
      assert.deepEqual(
        [one, two, three].map((path) => existsSync(`${path}/f`)),
        [false, false, true],
      )
      assert.ok(views.every(({ store }) => existsSync(`${store}/upper/f`)))
    })

    test('a folder with characters that mount options give a meaning to can be viewed', async () => {
      const folder = trial.makeFolder('odd, name: with\\ "all" of them')
      const store = trial.makeFolder('store, for: it\\')
      await trial.output({ views: [{ path: folder, store }], cwd: folder }, shell('echo x > y'))
      assert.ok(existsSync(`${store}/upper/y`))
    })

    test('what is hidden is empty, whatever holds it', async () => {
      const folder = trial.makeFolder('holder')
      trial.makeFile('holder/secrets/key', 'canary')
      trial.makeFile('holder/.env', 'canary')
      const hidden = [`${folder}/secrets`, `${folder}/.env`]
      const store = trial.makeFolder('holder-store')
      for (const part of [
        { readable: [folder] },
        { writable: [folder] },
        { views: [{ path: folder, store }] },
      ]) {
        const script = `ls -A ${folder}/secrets; cat ${folder}/.env; cat ${folder}/secrets/key; touch ${folder}/secrets/x`
        const { stdout, stderr } = await trial.run({ ...part, hidden }, shell(script))
        assert.equal(stdout, '', stderr)
      }
    })

    test('a path inside a hidden one cannot be named', async () => {
      const inner = trial.makeFolder('covered/inner')
      const { error } = await trial.run({ readable: [inner], hidden: [`${trial.folder}/covered`] }, ['true'])
      assert.match(error, /cannot be shown: .*covered is hidden/)
    })

    test('our own home is hidden, but for the code of drivers', async () => {
      const home = trial.makeFolder('state')
      trial.makeFile('state/keys/key', 'canary')
      const code = trial.makeFolder('state/drivers/files/code')
      trial.makeFile('state/drivers/files/code/main.js', 'code')
      const env = { CUSTOS_HOME: home }
      const script = `cat ${code}/main.js; cat ${home}/keys/key; ls ${home} ${home}/drivers/files`
      const { stdout } = await trial.run({ readable: [trial.folder, code] }, shell(script), { env })
      assert.equal(stdout.replaceAll(/\s+/g, ' '), `code${home}: drivers ${home}/drivers/files: code `)
      const refused = await trial.run({ readable: [`${home}/keys`] }, ['true'], { env })
      assert.match(refused.error, /is hidden/)
      const written = await trial.run({ writable: [code] }, ['true'], { env })
      assert.match(written.error, /is hidden/)
    })

    test('with all of the machine readable, homes and passing things are empty and secrets are covered', async () => {
      trial.makeFile('.ssh/id_ed25519', 'canary')
      trial.makeFile('project/file', 'plain')
      const { folder } = trial
      const seen = await trial.output(
        { readable: ['/', `${folder}/project`] },
        shell(`ls -A /home /root /srv /mnt ${folder}; cat ${folder}/project/file; test -d /usr/share`),
      )
      assert.equal(seen.replaceAll(/^.*:$/gm, '').trim().replaceAll(/\s+/g, ' '), 'project plain')
      const whole = await trial.run(
        { readable: [folder] },
        shell(`ls -A ${folder}; cat ${folder}/.ssh/id_ed25519`),
      )
      assert.doesNotMatch(whole.stdout, /canary/)
      assert.match(whole.stdout, /\.ssh/)
    })

    test('the program’s home is private, writable and gone afterwards', async () => {
      const home = '/home/somebody'
      const environment = { HOME: home }
      const seen = await trial.output(
        { environment, readable: ['/'] },
        shell('cd; pwd; echo x > .rc; stat -c %a .'),
      )
      assert.equal(seen, `${home}\n700\n`)
      assert.equal(existsSync(home), false)
    })

    test('a folder below a temporary one can be named', async () => {
      const folder = realpathSync(mkdtempSync('/var/tmp/custos-trial-'))
      try {
        if (starter === 'user') chmodSync(folder, 0o777)
        await trial.output({ writable: [folder] }, shell(`echo x > ${folder}/y; echo z > /var/tmp/z`))
        assert.deepEqual(readdirSync(folder), ['y'])
        assert.ok(!existsSync('/var/tmp/z'))
      } finally {
        rmSync(folder, { recursive: true })
      }
    })

    test('a path that is not canonical, or not there, is an error', async () => {
      for (const path of [
        `${trial.folder}/../x`,
        `${trial.folder}/nowhere`,
        'relative',
        '/proc/self',
        '/dev',
      ]) {
        const { error } = await trial.run({ readable: [path] }, ['true'])
        assert.notEqual(error, '', path)
      }
      assert.notEqual((await trial.run({ writable: ['/'] }, ['true'])).error, '')
      assert.match((await trial.run({ cwd: '/nowhere' }, ['true'])).error, /nowhere is not there/)
    })

    test('no set-user-id file can be made in a writable folder', async () => {
      const folder = trial.makeFolder('setid')
      const script = `cp /bin/true ${folder}/t; chmod u+s ${folder}/t; chmod 755 ${folder}/t; stat -c %a ${folder}/t`
      const { stdout, stderr } = await trial.run({ writable: [folder] }, shell(script))
      assert.match(stderr, /not permitted/)
      assert.equal(stdout, '755\n')
    })

    test('temporary folders are bounded', async () => {
      const script =
        'for d in /tmp /dev/shm $HOME; do head -c 100000000 /dev/zero > $d/f; stat -c %s $d/f; done'
      const { stdout } = await trial.run({}, shell(script))
      for (const size of stdout.trim().split('\n')) assert.ok(Number(size) <= 64 * 1_048_576, size)
    })
  })
}
