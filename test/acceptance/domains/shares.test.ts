/** What crosses between domains, and what does not, on a real home with two members. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { filesUnder } from '../../harness/files-under.ts'
import { eventually, inDomains, textIn } from './domain-home.ts'

const patience = { timeout: 300_000 }

test(
  'a share is signed in both domains, passes both gates, is in both ledgers, and ends at once',
  patience,
  () =>
    inDomains(async (home) => {
      await home.cli.must('domain', 'add', 'work')
      await home.addLog('main')
      const bob = await home.agent('work', 'bob')

      // Nothing crosses by itself: no driver, no name, no id of the other domain.
      assert.deepEqual(await home.list('driver', 'list', '--domain', 'work'), [])
      assert.deepEqual(await home.list('domain', 'shares'), [])
      const alone = await bob.call({ object: 'log', selector: 'tools/act' })
      assert.equal(alone.ok, false)

      await home.cli.must(
        'domain',
        'share',
        'main',
        'log',
        'act',
        '--with',
        'work',
        '--where',
        'n range 1..5',
      )
      const [shared] = await home.list('domain', 'shares')
      assert.equal(shared?.['taken'], true)
      await home.attached('work', 'domain-main')

      // The taking domain's own agents hold nothing of it until they are granted it.
      const ungranted = await bob.call({ object: 'domain-main', selector: 'tools/log__act' })
      assert.equal(ungranted.ok, false)
      await home.cli.must('grant', 'bob', 'domain-main', 'log__act', '--open', '--domain', 'work')
      const done = await bob.call({ object: 'domain-main', selector: 'tools/log__act', arguments: { n: 3 } })
      assert.ok(done.ok && done.outcome === 'done', JSON.stringify(done))
      assert.deepEqual(home.effects('main'), ['{"n":3}'])

      // The terms of the giving domain hold, whatever the taking one granted.
      const tooMuch = await bob.call({
        object: 'domain-main',
        selector: 'tools/log__act',
        arguments: { n: 9 },
      })
      assert.ok(tooMuch.ok && tooMuch.outcome === 'failed')
      assert.equal(home.effects('main').length, 1)
      const there = await home.bodies('main', 'call.admitted')
      const here = await home.bodies('work', 'call.admitted')
      assert.equal(there.length, 1, 'the giving domain recorded the one that it let through')
      assert.equal(here.length, 2, 'the taking domain recorded both')
      assert.equal((await home.bodies('main', 'syscall.refused')).length, 1)

      // The token is nowhere in the clear.
      const token = /custos_[\w-]{43}/u
      for (const { path, content } of filesUnder(home.cli.home))
        assert.doesNotMatch(content.toString('latin1'), token, path)

      await home.cli.must('domain', 'unshare', 'main', '--with', 'work')
      const ended = await bob.call({ object: 'domain-main', selector: 'tools/log__act', arguments: { n: 3 } })
      assert.ok(!ended.ok || ended.outcome !== 'done')
      assert.equal(home.effects('main').length, 1)
      assert.deepEqual(await home.list('domain', 'shares'), [])
      bob.close()
    }),
)

test('a driver that names another domain gives nothing where nothing was shared', patience, () =>
  inDomains(async (home) => {
    await home.cli.must('domain', 'add', 'work')
    await home.cli.must('domain', 'add', 'other')
    await home.addLog('main')
    await home.cli.must('domain', 'share', 'main', 'log', 'act', '--with', 'work', '--open')
    await home.attached('work', 'domain-main')
    const taken = await home.fails(
      3,
      'domain',
      'share',
      'main',
      'log',
      'act',
      '--with',
      'other',
      '--open',
      '--take',
    )
    assert.match(taken.stderr, /nothing of main is shared with other/u)
    const bare = await home.fails(2, 'domain', 'share', 'main', 'log', 'act', '--with', 'nowhere', '--open')
    assert.match(bare.stderr, /no domain "nowhere"/u)
    assert.deepEqual(
      (await home.list('agent', 'list', '--domain', 'main')).map(({ name }) => name),
      ['domain-work'],
      'nothing was signed for a domain that is not there',
    )
  }),
)

test('a share outlives the end of the giving kernel', patience, () =>
  inDomains(async (home) => {
    await home.cli.must('domain', 'add', 'work')
    await home.addLog('main')
    await home.cli.must('domain', 'share', 'main', 'log', 'act', '--with', 'work', '--open')
    const bob = await home.agent('work', 'bob')
    await home.attached('work', 'domain-main')
    await home.cli.must('grant', 'bob', 'domain-main', 'log__act', '--open', '--domain', 'work')
    const units = await home.list('ps')
    const kernel = units.find(({ unit }) => unit === 'kernel')?.['pid']
    assert.equal(typeof kernel, 'number')
    process.kill(kernel as number, 'SIGKILL')
    await eventually(async () => {
      const again = await bob.call({ object: 'domain-main', selector: 'tools/log__act', arguments: { n: 1 } })
      return again.ok && again.outcome === 'done' ? true : null
    }, 'the share to work again')
    bob.close()
  }),
)

test('two people share: one gives in their domain, the other takes in theirs', patience, () =>
  inDomains(async (home) => {
    await home.cli.must('domain', 'add', 'work')
    await home.addLog('main')
    const ada = textIn((await home.list('operator', 'list'))[0] ?? {}, 'name')
    const file = join(home.cli.folder, 'carl')
    const words = ['operator', 'key', 'carl', '--level', 'domain-sovereign', '--domain', 'work']
    writeFileSync(file, (await home.cli.must(...words)).stdout)
    await home.cli.must('operator', 'add', file, '--operator', ada)
    const share = ['domain', 'share', 'main', 'log', 'act', '--with', 'work', '--open']
    await home.fails(2, ...share, '--give', '--operator', 'carl')
    await home.cli.must(...share, '--give', '--operator', ada)
    const [given] = await home.list('domain', 'shares')
    assert.equal(given?.['taken'], false, 'given is not taken')
    await eventually(async () => {
      const ran = await home.cli.run(...share, '--take', '--operator', 'carl')
      return ran.status === 0 ? true : null
    }, 'the other domain to know carl')
    assert.equal((await home.list('domain', 'shares'))[0]?.['taken'], true)
    const [driver] = await home.bodies('work', 'driver.added')
    assert.match(JSON.stringify(driver), /tools\/log__act/u)
  }),
)
