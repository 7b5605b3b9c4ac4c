/** The vault on a real file system: what it keeps, and what it does not believe. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JsonObject } from '../../base/json.ts'
import { sealSecret } from './sealed-secret.ts'
import type { SecretHead } from './secret.ts'
import { readAttach, readSecretHead, secretDefinition, whyNoSecret } from './secret.ts'
import { readTrust, writeTrust } from './trust.ts'
import { ensureVaultKey, readVaultKey, vaultFolder, vaultKeyFile } from './vault-key.ts'
import { openVault, readVault, secretText, writeSecretText } from './vault.ts'

const about = {
  name: 'api',
  hosts: ['api.example'],
  attach: { kind: 'header', name: 'authorization', template: 'Bearer {}' },
  plainHttp: false,
  authorities: '',
} as const
const value = Buffer.from('a-value-to-keep')

function inHome(body: (home: string, keys: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'custos-vault-'))
  try {
    body(join(folder, 'home'), join(folder, 'keys'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Puts one secret into a new vault and returns what is said of it. */
function keep(home: string, keys: string): SecretHead {
  const key = ensureVaultKey(home, keys)
  assert.ok(key.ok)
  const { head, text } = sealSecret(key.value, about, value)
  writeSecretText(home, 'api', text)
  return head
}

test('a secret is kept sealed, in private files, and opened with the key that lies elsewhere', () => {
  inHome((home, keys) => {
    const head = keep(home, keys)
    assert.deepEqual(openVault(home), { secrets: [{ head, value }], problems: [] })
    assert.deepEqual(readVault(home).secrets, [head])
    for (const file of readdirSync(vaultFolder(home))) {
      assert.equal(statSync(join(vaultFolder(home), file)).mode & 0o777, 0o600)
      assert.ok(!readFileSync(join(vaultFolder(home), file)).includes(value))
    }
    assert.equal(statSync(vaultFolder(home)).mode & 0o777, 0o700)
    assert.ok(vaultKeyFile(home)?.startsWith(keys))
    assert.deepEqual(ensureVaultKey(home, '/nowhere'), readVaultKey(home), 'the key stays where it is')
  })
})

test('the same value sealed twice has nothing in common to see', () => {
  inHome((home, keys) => {
    const first = keep(home, keys)
    const text = secretText(home, 'api')
    const second = keep(home, keys)
    assert.notEqual(first.digest, second.digest)
    assert.notEqual(text, secretText(home, 'api'))
  })
})

test('a changed file, another name, another key and an exposed file are not opened, and are named', () => {
  inHome((home, keys) => {
    keep(home, keys)
    const text = secretText(home, 'api') ?? ''
    const file = join(vaultFolder(home), 'api.secret.json')
    const isClosed = (why: RegExp): void => {
      const { secrets, problems } = openVault(home)
      assert.deepEqual(secrets, [])
      assert.match(problems.join('\n'), why)
    }
    writeSecretText(home, 'api', text.replace('api.example', 'evil.example'))
    isClosed(/was changed/u)
    writeSecretText(home, 'api', text.slice(0, -20))
    isClosed(/damaged/u)
    writeSecretText(home, 'api', null)
    writeSecretText(home, 'other', text)
    isClosed(/other\.secret\.json is damaged/u)
    writeSecretText(home, 'other', null)
    writeSecretText(home, 'api', text)
    chmodSync(file, 0o640)
    isClosed(/can be read by others/u)
    rmSync(file)
    symlinkSync('/etc/passwd', file)
    isClosed(/is a link/u)
    rmSync(file)
    writeSecretText(home, 'api', text)
    assert.equal(openVault(home).secrets.length, 1)
    writeFileSync(vaultKeyFile(home) ?? '', 'A'.repeat(43))
    isClosed(/another key/u)
    rmSync(vaultKeyFile(home) ?? '')
    isClosed(/is missing/u)
  })
})

test('what is said of a secret is its definition, and anything else in it is refused', () => {
  const head = { ...about, salt: '0'.repeat(32), digest: 'f'.repeat(64) }
  assert.deepEqual(readSecretHead(head), head)
  const { selector, definition } = secretDefinition(head)
  assert.equal(selector, 'secret/api')
  assert.equal(definition['effect'], 'act')
  const wrong: readonly JsonObject[] = [
    { name: 'Api' },
    { hosts: [] },
    { hosts: ['API.example'] },
    { hosts: ['api.example.'] },
    { hosts: ['0177.0.0.1'] },
    { plainHttp: 1 },
    { salt: '' },
    { digest: 'zz' },
    { attach: { kind: 'header', name: 'host', template: '{}' } },
  ]
  for (const member of wrong) assert.equal(readSecretHead({ ...head, ...member }), null)
})

test('a template has one place for the value and cannot break out of its header', () => {
  assert.ok(readAttach({ kind: 'header', name: 'x-api-key', template: '{}' }))
  assert.ok(readAttach({ kind: 'query', name: 'key' }))
  assert.ok(readAttach({ kind: 'basic', user: 'me' }))
  const wrong = [
    { kind: 'header', name: 'X-Api-Key', template: '{}' },
    { kind: 'header', name: 'a', template: '' },
    { kind: 'header', name: 'a', template: '{}{}' },
    { kind: 'header', name: 'a', template: '{}\r\nx: y' },
    { kind: 'header', name: 'transfer-encoding', template: '{}' },
    { kind: 'header', name: 'a b', template: '{}' },
    { kind: 'query', name: 'a=b' },
    { kind: 'basic', user: 'a:b' },
    { kind: 'basic', user: 'a\n' },
    { kind: 'cookie', name: 'a' },
    null,
  ]
  for (const attach of wrong) assert.equal(readAttach(attach), null, JSON.stringify(attach))
})

test('a value is one run of visible characters, long enough to be told from other text', () => {
  assert.equal(whyNoSecret(Buffer.from('long-enough')), null)
  for (const text of ['', 'short', 'with space', 'two\nlines', 'umlaut-ä-here', 'x'.repeat(16_385)])
    assert.notEqual(whyNoSecret(Buffer.from(text)), null, text.slice(0, 20))
})

test('further authorities are kept for hosts in their one spelling; a damaged list believes nobody', () => {
  inHome((home) => {
    assert.equal(readTrust(home).size, 0)
    writeTrust(home, new Map([['api.example', 'PEM']]))
    assert.deepEqual([...readTrust(home)], [['api.example', 'PEM']])
    const file = join(vaultFolder(home), 'authorities.json')
    writeFileSync(file, '{"API.example":"PEM","b.example":3}')
    assert.equal(readTrust(home).size, 0)
    writeFileSync(file, '{')
    assert.equal(readTrust(home).size, 0)
  })
})
