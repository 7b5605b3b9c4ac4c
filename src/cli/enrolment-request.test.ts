import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { generateSigningKey, publicKeyOf } from '../base/signature.ts'
import { enrolmentRequest, levelNamed, readEnrolmentRequest, requestText } from './enrolment-request.ts'

const folder = mkdtempSync(join(tmpdir(), 'enrol-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const privateKey = generateSigningKey()
const key = { name: 'bea', publicKey: publicKeyOf(privateKey), privateKey }
const file = join(folder, 'request')

function read(text: string): ReturnType<typeof readEnrolmentRequest> {
  writeFileSync(file, text)
  return readEnrolmentRequest(file)
}

test('a request says who, at which level, and is signed by the key itself', () => {
  const request = enrolmentRequest(key, { name: 'bea', level: 'domain-sovereign', domain: 'work' })
  assert.deepEqual(read(`${requestText(request)}\n`), request)
})

test('a request in which anything was changed is none', () => {
  const request = enrolmentRequest(key, { name: 'bea', level: 'co-operator' })
  const other = publicKeyOf(generateSigningKey())
  const text = requestText(request)
  const changes = [
    text.replace('"bea"', '"eve"'),
    text.replace('co-operator', 'sovereign'),
    text.replace(key.publicKey, other),
    text.replace('"level":"co-operator"', '"level":"domain-sovereign","domain":"main"'),
  ]
  for (const changed of changes) {
    assert.notEqual(changed, text)
    assert.throws(() => read(changed), /did not sign for what the request says/u)
  }
})

test('what is not a request is refused', () => {
  const text = requestText(enrolmentRequest(key, { name: 'bea', level: 'co-operator' }))
  for (const wrong of ['', '{}', '[]', text.replace('co-operator', 'king'), `${text}${' '.repeat(5000)}`])
    assert.throws(() => read(wrong), /is not a request/u, wrong.slice(0, 40))
  assert.throws(() => readEnrolmentRequest(join(folder, 'absent')), /cannot read the request/u)
})

test('a domain goes with domain-sovereigns and with nobody else', () => {
  assert.deepEqual(levelNamed('domain-sovereign', 'work'), { level: 'domain-sovereign', domain: 'work' })
  assert.deepEqual(levelNamed('sovereign', null), { level: 'sovereign' })
  assert.throws(() => levelNamed('domain-sovereign', null), /has a domain/u)
  assert.throws(() => levelNamed('co-operator', 'work'), /has a domain/u)
  assert.throws(() => levelNamed('king', null), /is not a level/u)
})
