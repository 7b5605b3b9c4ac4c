/**
 * Real starts that are refused: one bit of the canon, of the code or of its manifest is another than before, or
 * somebody made manifest and code fit each other. Nothing serves then, and what differs is named.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync, readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import { generateSigningKey, sign } from '../../../src/base/signature.ts'
import { writeAcceptance, writeManifest } from '../../../src/seal/code-check.ts'
import { manifestDigest, readCode } from '../../../src/seal/code-manifest.ts'
import { until } from '../../harness/world.ts'
import type { ProductCopy } from './product-copy.ts'
import { withProductCopy } from './product-copy.ts'

const limit = { timeout: 600_000 }

/** A start that succeeds. A busy machine may take longer than `up` waits, which may then be asked again. */
async function comeUp({ at }: ProductCopy): Promise<void> {
  await until(async () => ((await at.run('up')).status === 0 ? true : null), 'a start', 200_000)
}

/** A start that fails, and says why in a log: a busy machine may be too slow to say it in time on the terminal. */
async function mustRefuse({ at }: ProductCopy, what: RegExp): Promise<void> {
  const folder = join(at.home, 'supervisor')
  for (const name of logsIn(folder)) truncateSync(join(folder, name))
  const { status } = await at.run('up')
  assert.notEqual(status, 0, `it started, and should not have: ${String(what)}`)
  const said = (): true | null =>
    logsIn(folder).some((name) => what.test(readFileSync(join(folder, name), 'utf8'))) || null
  await until(said, String(what), 60_000)
  await at.run('down')
}

function logsIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => /\.log(?:\.1)?$/u.test(name))
}

test('one flipped bit anywhere refuses the start by name, and put right it starts', limit, async () => {
  await withProductCopy(async (copy) => {
    const { at, root } = copy
    await comeUp(copy)
    await at.must('down')
    const cases = [
      [join(root, 'src/kernel/gate/passage.ts'), 801, /src\/kernel\/gate\/passage\.ts \(changed\)/],
      [join(root, 'src/gateway/main.ts'), 33, /src\/gateway\/main\.ts \(changed\)/],
      [join(root, 'canon/canon.json'), 4001, /canon\/canon\.json/],
      [join(at.home, 'supervisor/code-manifest.json'), 9_999, /not the code that this home accepted/],
      [join(at.home, 'canon/1.json'), 7_777, /canon\/1\.json is not the canon of the ledger/],
    ] as const
    for (const [path, bit, what] of cases) {
      const putRight = copy.flip(path, bit)
      await mustRefuse(copy, what)
      const verified = await at.run('canon', 'verify')
      assert.equal(verified.status, 4, verified.stdout)
      putRight()
    }
    await at.must('canon', 'verify')
    await comeUp(copy)
  })
})

test(
  'other code starts only by an operator’s order, even where the manifest was made to fit',
  limit,
  async () => {
    await withProductCopy(async (copy) => {
      const { at, root } = copy
      await comeUp(copy)
      await at.must('down')
      appendFileSync(join(root, 'src/kernel/decide.ts'), '// other code\n')
      await mustRefuse(copy, /src\/kernel\/decide\.ts \(changed\)/)
      // Whoever can write the code can write the manifest; the ledger names the one that was accepted.
      const present = readCode('all', root)
      const accepted = readFileSync(join(at.home, 'supervisor/code-manifest.json'), 'utf8')
      writeManifest(at.home, present)
      await mustRefuse(copy, /the code manifest is another than the ledger names/)
      // And can leave an order that no operator signed.
      forge(at.home, manifestDigest(present))
      await mustRefuse(copy, /the order to accept this code is refused: The order is not signed/)
      const upgraded = await at.must('upgrade')
      assert.match(upgraded.stdout, /Accepted/)
      assert.notEqual(readFileSync(join(at.home, 'supervisor/code-manifest.json'), 'utf8'), accepted)
      await at.must('canon', 'verify')
      assert.match((await at.must('upgrade')).stdout, /accepted already/)
      // What runs hears the next order itself, and is started anew.
      appendFileSync(join(root, 'src/cli/escape.ts'), '// other code\n')
      assert.match((await at.must('upgrade')).stderr, /changed {2}src\/cli\/escape\.ts/)
      await at.must('status')
      await at.must('canon', 'verify')
    })
  },
)

/** An order to accept `digest`, in perfect shape, signed with a key that is nobody's. */
function forge(home: string, digest: string): void {
  const record = canonicalJson({
    command: { do: 'code.accept', digest },
    domain: 'main',
    operator: 1,
    nonce: randomBytes(16).toString('hex'),
    policyVersion: 'builtin-1',
    canonVersion: 1,
    time: Date.now(),
  })
  const signature = sign(generateSigningKey(), Buffer.from(record))
  writeAcceptance(home, { digest, signed: { record, signature } })
}
