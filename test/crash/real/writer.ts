/**
 * `node test/crash/real/writer.ts FOLDER [MIRROR]`: opens the ledger in FOLDER and appends for ever, with a
 * checkpoint now and then, and writes `ack N` whenever event N is acknowledged. It ends with 3 and `failed CODE`
 * when the disk fails. Segments are small, so that it begins new ones all the time.
 */
import { mkdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { sampleBatch } from '../../../src/ledger/sample-events.ts'
import { append, bench, checkpoint } from '../../../src/ledger/ledger-contract.ts'
import { folderBlobs } from '../../../src/ledger/blobs.ts'
import { nodeDisk } from '../../../src/ledger/node-disk.ts'
import { openSegmentLog } from '../../../src/ledger/open.ts'
import { mirroredDisk } from '../../../src/ledger/safety/mirrored-disk.ts'
import { reconcile } from '../../../src/ledger/safety/reconcile.ts'

const [folder = '', mirror] = process.argv.slice(2)
const say = (line: string): void => void writeSync(1, `${line}\n`)

function stop(code: string): never {
  say(`failed ${code}`)
  process.exit(3)
}

mkdirSync(join(folder, 'blobs'), { recursive: true })
const options = {
  ...bench(131_072, folderBlobs(join(folder, 'blobs'))),
  headDisk: nodeDisk(join(folder, 'head')),
}
let disk = nodeDisk(join(folder, 'ledger')) as Parameters<typeof openSegmentLog>[0]
if (mirror !== undefined) {
  const second = nodeDisk(mirror, { inBackground: true })
  const repaired = await reconcile(nodeDisk(join(folder, 'ledger')), second, options.signer.publicKey)
  if (!repaired.ok) stop(repaired.error.code)
  disk = mirroredDisk(disk, second, null)
}
const opened = await openSegmentLog(disk, options, () => undefined)
if (!opened.ok) stop(opened.error.code)
const { ledger } = opened.value
say(`open ${ledger.durable}`)
for (let round = 0; ; round++) {
  const size = 1 + (round % 9)
  const events = sampleBatch(ledger.durable + 1, size, options.vault, options.signer.publicKey)
  // oxlint-disable-next-line no-await-in-loop -- one append at a time
  const failure = await append(ledger, events)
  if (failure !== null) stop(failure.code)
  say(`ack ${ledger.durable}`)
  if (round % 20 !== 19) continue
  // oxlint-disable-next-line no-await-in-loop -- and no checkpoint meanwhile
  const unsigned = await checkpoint(ledger, ledger.durable)
  if (unsigned !== null) stop(unsigned.code)
}
