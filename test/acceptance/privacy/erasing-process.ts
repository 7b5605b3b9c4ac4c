/**
 * A process that seals payloads about subject 7, opens them, and erases the subject, in a folder that it is given. It
 * says where it is and waits for a line of input, so that its memory can be looked at. Of the plaintext it knows only how to
 * make it, and it wipes what it made: what is found of it afterwards, the vault has kept.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { openSubjectKeys } from '../../../src/ledger/privacy/subject-key-folder.ts'
import { systemEntropy } from '../../../src/machine/system-entropy.ts'
import { openVault } from '../../../src/ledger/vault.ts'
import { plainBytes } from './plain-bytes.ts'

const [folder = '', seed = ''] = process.argv.slice(2)
const subject = 7
const entropy = systemEntropy()
let isLiving = true
const keys = openSubjectKeys(folder, () => isLiving, entropy)
const vault = openVault(randomBytes(32), entropy, keys)

async function pauseAt(place: string, sealed: readonly string[]): Promise<void> {
  process.stdout.write(`${JSON.stringify({ place, sealed })}\n`)
  await once(process.stdin, 'data')
}

function sealedFrom(bytes: Uint8Array): Buffer {
  const [text] = vault.seal([{ bytes, subject }])
  const target = Buffer.alloc(text?.length ?? 0)
  text?.write(target, 0)
  return target
}

/** Short ones, one that is hashed in parts, and one that does not fit where others are prepared. */
const texts = [64, 1_000, 20_000, 1_500_000].map((length) => plainBytes(Number(seed), length))
for (const bytes of texts) vault.commit(bytes, subject)
const sealed = texts.map(sealedFrom)
// What is opened is another text: the library that decrypts it leaves a copy in memory that was freed.
const other = plainBytes(Number(seed) ^ 1, 500)
const again = sealedFrom(other)
if (vault.open(again, vault.commit(other, subject)) === null) throw new Error('it does not open')
for (const bytes of [...texts, other]) bytes.fill(0)
// Not the one that was not wiped on purpose: that the search finds what is there.
const left = plainBytes(Number(seed), 64)
const heads = [...sealed, again].map((bytes) => bytes.subarray(0, 32).toString('hex'))
await pauseAt('sealed', heads)
left.fill(0)
isLiving = false
vault.forget(subject)
const problem = keys.destroy(subject)
if (problem !== null) throw new Error(problem)
await pauseAt('erased', heads)
process.exit(0)
