/** The kernel in its own process, over its real sockets: one governed call, and what a crash leaves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KernelProcess, TestHome } from '../harness/kernel-process.ts'

const definitions = [{ selector: 'tools/echo', definition: { name: 'echo' } }]
const open = { '*': { arguments: {}, open: true } } as const

test('a governed call goes all the way down and back, and survives a crash', async () => {
  const home = new TestHome()
  try {
    const kernel = await KernelProcess.start(home)
    const operator = await kernel.operator()
    const driver = await operator.addDriver('echo', definitions)
    const bob = await operator.addAgent('bob')
    const seen: string[] = []
    await kernel.driver('echo', definitions, async (request) => {
      seen.push(Buffer.from(request.body).toString())
      if (seen.length > 1) await new Promise(() => undefined)
      return { kind: 'reply', header: { outcome: 'done' }, body: request.body }
    })
    await operator.must({
      do: 'capability.grant',
      holder: bob.process,
      object: driver,
      caveats: { selectors: ['tools/echo'], where: open },
    })
    const agent = await kernel.agent(bob.token)
    const bytes = Buffer.from('{"b": 1,  "a":2}')
    const answer = await agent.request({ op: 'call', selector: 'tools/echo', object: driver }, bytes)
    assert.equal(answer.kind, 'reply')
    assert.equal(
      answer.kind === 'reply' && Buffer.from(answer.body).toString(),
      bytes.toString(),
      'the very bytes',
    )
    assert.deepEqual(seen, [bytes.toString()])

    const refused = await agent.request({ op: 'call', selector: 'tools/other', object: driver }, bytes)
    assert.equal(refused.kind === 'refusal' && refused.refusal.code, 'canon')

    const lost = agent.request({ op: 'call', selector: 'tools/echo', object: driver }, Buffer.from('{}'))
    while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await kernel.kill()
    assert.equal((await lost).kind, 'lost')

    const again = await KernelProcess.start(home)
    const status = (await (await again.operator()).query('status')) as { boot: number; inFlight: number }
    assert.equal(status.boot, 2)
    assert.equal(status.inFlight, 0, 'what was in flight is settled in doubt')
    await again.stop()
  } finally {
    home.remove()
  }
})
