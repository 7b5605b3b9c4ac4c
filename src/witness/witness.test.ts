/** A witness over HTTP: the codes of the tlog-witness text, a memory that outlives it, and no second history. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fromBase64url } from '../base/base64url.ts'
import { sha256 } from '../base/hash.ts'
import { publicKeyOf, sign } from '../base/signature.ts'
import { toBase64 } from '../ledger/evidence/base64.ts'
import { cosignedAt } from './cosignature.ts'
import { leafHash } from '../ledger/evidence/merkle.ts'
import { consistencyProof } from './merkle-proof.ts'
import { nodeVerification } from '../ledger/evidence/node-verification.ts'
import { readNotes } from '../ledger/evidence/note-file.ts'
import { parseNote, signatureLine, textBytes } from '../ledger/evidence/note.ts'
import { memoryTiles } from '../ledger/evidence/tile-store.ts'
import { TileWriter } from '../ledger/evidence/tile-writer.ts'
import type { TileStore } from '../ledger/evidence/tiles.ts'
import { TileNodes } from '../ledger/evidence/tiles.ts'
import { logKeyOf, treeHeadText } from '../ledger/evidence/tree-head.ts'
import type { Reply } from './ask-witness.ts'
import { askWitness } from './ask-witness.ts'
import { submitHead } from './submit.ts'
import { listenAddress, witnessUrl } from './witness-address.ts'
import type { WitnessKey } from './witness-key.ts'
import { createWitnessKey, memoryOf, readWitnessKey } from './witness-key.ts'
import { WitnessMemory } from './witness-memory.ts'
import type { ServedWitness } from './witness-server.ts'
import { serveWitness } from './witness-server.ts'
import { Witness } from './witness.ts'

const folder = mkdtempSync(join(tmpdir(), 'custos-witness-'))
after(() => rmSync(folder, { recursive: true }))

const raw = (text: string): Uint8Array => fromBase64url(text) ?? new Uint8Array()
const seed = sha256('the log of the tests')
const log = logKeyOf(sha256, 'main', raw(publicKeyOf(seed)))

/** A log whose leaves are named, so that two of them can differ from some leaf on. */
class TestLog {
  readonly tiles: TileStore = memoryTiles()
  readonly #writer = new TileWriter(sha256, this.tiles)

  grow(count: number, name = 'a'): this {
    for (let index = 0; index < count; index++)
      this.#writer.push(leafHash(sha256, Buffer.from(`${name} ${this.#writer.size}`)))
    this.#writer.flush()
    return this
  }

  note(key = seed, origin = log): string {
    const text = treeHeadText({
      origin: origin.name,
      size: this.#writer.size,
      root: this.#writer.root(),
      extensions: [],
    })
    return `${text}\n${signatureLine(sha256, origin, raw(sign(key, textBytes(text))))}`
  }

  request(old: number, note = this.note()): string {
    const size = this.#writer.size
    const proof =
      consistencyProof(sha256, new TileNodes(sha256, this.tiles, size), Math.min(old, size), size) ?? []
    return [`old ${old}`, ...proof.map(toBase64), '', note].join('\n')
  }
}

let names = 0
function newKey(): { key: WitnessKey; file: string } {
  const file = join(folder, `key-${++names}`)
  const key = createWitnessKey(file, `witness.example/w${names}`)
  assert.ok(key.ok)
  return { key: key.value, file }
}

async function serving<T>(
  { key, file }: { key: WitnessKey; file: string },
  body: (ask: (request: string) => Promise<Reply>, served: ServedWitness, remarks: string[]) => Promise<T>,
): Promise<T> {
  const memory = WitnessMemory.open(memoryOf(file))
  assert.ok(memory.ok)
  const remarks: string[] = []
  const remark = (line: string): void => void remarks.push(line)
  const ports = {
    key: key.key,
    sign: key.sign,
    memory: memory.value,
    logs: [log],
    now: () => 1_790_000_000,
    remark,
  }
  const address = listenAddress('127.0.0.1:0')
  assert.ok(address.ok)
  const served = await serveWitness(new Witness(ports), address.value, remark)
  try {
    return await body((request) => askWitness(served.url, 'add-checkpoint', request), served, remarks)
  } finally {
    await served.close()
    memory.value.close()
  }
}

test('it cosigns a log as it grows, and remembers over its own restarts', async () => {
  const witness = newKey()
  const grown = new TestLog()
  let size = 0
  for (const more of [1, 1, 6, 248, 1, 300]) {
    grown.grow(more)
    const cosigned = await serving(witness, (ask) =>
      submitHead({ note: grown.note(), tiles: grown.tiles, witness: witness.key.key, oldSize: size }, ask),
    )
    assert.ok(cosigned.ok, JSON.stringify(cosigned))
    size += more
    assert.equal(cosigned.value.size, size)
    const note = parseNote(cosigned.value.note)
    assert.equal(note.ok && cosignedAt(nodeVerification, note.value, witness.key.key), 1_790_000_000)
  }
  const forgetful = await serving(witness, (ask) =>
    submitHead({ note: grown.grow(5).note(), tiles: grown.tiles, witness: witness.key.key, oldSize: 0 }, ask),
  )
  assert.equal(forgetful.ok && forgetful.value.size, size + 5)
})

test('it answers with the codes of the text, and each wrong request changes nothing', async () => {
  const witness = newKey()
  await serving(witness, async (ask, served) => {
    const grown = new TestLog().grow(10)
    assert.equal((await ask(grown.request(0))).status, 200)
    const newest = async (): Promise<string> =>
      (await askWitness(served.url, `checkpoint/${log.name}`, null)).body
    const before = await newest()
    const stranger = logKeyOf(sha256, 'main', raw(publicKeyOf(sha256('stranger'))))
    const statuses = [
      [404, grown.request(10, grown.note(sha256('stranger'), stranger))],
      [403, grown.request(10, grown.note(sha256('stranger')))],
      [403, grown.request(10).replace(/\n10\n/, '\n11\n')],
      [400, new TestLog().grow(4).request(9)],
      [409, new TestLog().grow(4).request(4)],
      [409, grown.request(9)],
      [409, new TestLog().grow(10, 'b').request(10)],
      [422, new TestLog().grow(12, 'b').request(10)],
      [400, 'old x\n\n'],
      [400, grown.request(10).replace('old', 'new')],
      [400, `old 10\nAAAA\n\n${grown.note()}`],
      [400, `old 10\n${`${toBase64(sha256('x'))}\n`.repeat(64)}\n${grown.note()}`],
      [413, `old 10\n${'x'.repeat(140_000)}`],
    ] as const
    for (const [status, request] of statuses) {
      const reply = await ask(request)
      assert.equal(reply.status, status, reply.body)
      if (status === 409 && request.includes('old 9'))
        assert.deepEqual([reply.type, reply.body], ['text/x.tlog.size', '10\n'])
    }
    assert.equal(await newest(), before)
    assert.equal((await askWitness(served.url, 'add-checkpoint', null)).status, 405)
    assert.equal((await askWitness(served.url, 'checkpoint/custos/other/0011223344556677', null)).status, 404)
    assert.equal((await askWitness(served.url, '', null)).status, 404)
    assert.equal((await ask(grown.request(10))).status, 200)
  })
})

test('a rollback and a fork are found by it, kept as proof, and told as what they are', async () => {
  const witness = newKey()
  await serving(witness, async (ask, _, remarks) => {
    const honest = new TestLog().grow(20)
    const submit = (from: TestLog, oldSize: number): ReturnType<typeof submitHead> =>
      submitHead({ note: from.note(), tiles: from.tiles, witness: witness.key.key, oldSize }, ask)
    assert.equal((await submit(honest, 0)).ok, true)
    const problems = [
      await submit(new TestLog().grow(15), 15),
      await submit(new TestLog().grow(20, 'b'), 20),
      await submit(new TestLog().grow(10).grow(20, 'b'), 20),
    ].map((answer) => (answer.ok ? '' : `${answer.error.code}: ${answer.error.message}`))
    assert.match(problems[0] ?? '', /^contradiction: .*20 events.*signs 15.*rolled back/)
    assert.match(problems[1] ?? '', /^contradiction: .*another tree of 20/)
    assert.match(problems[2] ?? '', /^contradiction: .*does not continue/)
    assert.equal(remarks.length, 2)
    assert.equal(readNotes(join(memoryOf(witness.file), 'contradictions')).length, 2)
    assert.equal((await submit(honest.grow(1), 20)).ok, true)
  })
})

test('without its memory, with a damaged one, or beside another process it does not cosign', async () => {
  const witness = newKey()
  const memory = memoryOf(witness.file)
  await serving(witness, async (ask) => {
    assert.equal((await ask(new TestLog().grow(3).request(0))).status, 200)
    const second = WitnessMemory.open(memory)
    assert.equal(second.ok, false)
    const [file = ''] = readdirSync(memory).filter((name) => name.startsWith('log-'))
    const kept = readFileSync(join(memory, file))
    writeFileSync(join(memory, file), kept.subarray(0, 40))
    assert.equal((await ask(new TestLog().grow(4).request(0))).status, 500)
    writeFileSync(join(memory, file), kept)
    assert.equal((await ask(new TestLog().grow(4).request(3))).status, 200)
  })
  rmSync(memory, { recursive: true })
  assert.equal(WitnessMemory.open(memory).ok, false)
  assert.equal(createWitnessKey(witness.file, 'again').ok, false)
  assert.equal(WitnessMemory.open(memory).ok, false)
  chmodSync(witness.file, 0o644)
  assert.match((readWitnessKey(witness.file) as { error?: string }).error ?? '', /chmod 600/)
})

test('what it cannot remember it does not cosign', () => {
  const witness = newKey()
  const broken = {
    newest: () => ({ ok: true, value: null }),
    remember() {
      throw new Error('no space left on device')
    },
  } as unknown as WitnessMemory
  const { key, sign: signBytes } = witness.key
  const ports = { key, sign: signBytes, memory: broken, logs: [log], now: () => 1, remark: () => undefined }
  assert.throws(() => new Witness(ports).add(new TestLog().grow(3).request(0)), /no space/)
})

test('an answer that is no cosignature of that witness is none', async () => {
  const [witness, other] = [newKey(), newKey()]
  const grown = new TestLog().grow(3)
  const submission = { note: grown.note(), tiles: grown.tiles, witness: witness.key.key, oldSize: 0 }
  const reply = await serving(other, (ask) => ask(grown.request(0)))
  assert.equal(reply.status, 200)
  const plain = { status: 200, type: 'text/plain' }
  for (const body of [
    reply.body,
    '',
    'hello\n',
    reply.body.replace(/w\d+/, witness.key.key.name.slice(-2)),
  ]) {
    const answer = await submitHead(submission, () => Promise.resolve({ ...plain, body }))
    assert.equal(answer.ok ? '' : answer.error.code, 'refused')
  }
  const gone = await submitHead(submission, () => Promise.reject(new Error('connect ECONNREFUSED')))
  assert.equal(gone.ok ? '' : gone.error.code, 'unreachable')
  const noTiles = await submitHead({ ...submission, tiles: memoryTiles(), oldSize: 2 }, () => assert.fail())
  assert.equal(noTiles.ok ? '' : noTiles.error.code, 'no-proof')
})

test('addresses are read strictly', () => {
  for (const good of ['127.0.0.1:0', '[::1]:7420', 'unix:/tmp/w.sock'])
    assert.equal(listenAddress(good).ok, true, good)
  for (const bad of ['', '7420', 'localhost', '127.0.0.1:70000', 'unix:w.sock', `unix:/${'x'.repeat(120)}`])
    assert.equal(listenAddress(bad).ok, false, bad)
  assert.deepEqual(witnessUrl('http://127.0.0.1:7420/'), { ok: true, value: 'http://127.0.0.1:7420' })
  for (const bad of ['ftp://a', 'http://a?b', 'http://u:p@a', 'a', 'unix:x'])
    assert.equal(witnessUrl(bad).ok, false, bad)
})
