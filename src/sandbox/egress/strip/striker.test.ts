/** Striking a credential out of a reply, in every form and however the reply is cut into pieces. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import { striker } from './striker.ts'

const secret = 's3cr3t/K+y="v1"&%\\x'
const bytes = [...Buffer.from(secret)]
const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

/** Forms, each with the part of it that says something of the secret. */
const forms: { readonly [name: string]: string } = {
  'as it is': secret,
  'in lower case': secret.toLowerCase(),
  'in upper case': secret.toUpperCase(),
  'percent-encoded where it must be': encodeURIComponent(secret),
  'percent-encoded throughout': bytes.map((byte) => `%${hex(byte)}`).join(''),
  'percent-encoded in upper case': bytes.map((byte) => `%${hex(byte).toUpperCase()}`).join(''),
  'percent-encoded twice': encodeURIComponent(encodeURIComponent(secret)),
  'in JSON': JSON.stringify(secret).slice(1, -1),
  'in JSON with slashes escaped': JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  'in JSON in code points': bytes.map((byte) => `\\u00${hex(byte)}`).join(''),
  'in JavaScript': bytes.map((byte) => `\\x${hex(byte)}`).join(''),
  'in HTML': secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
  'in HTML by number': bytes.map((byte) => `&#${byte};`).join(''),
  'in HTML by hexadecimal number': bytes.map((byte) => `&#x${hex(byte)};`).join(''),
  'in hexadecimal': Buffer.from(secret).toString('hex'),
  'in upper-case hexadecimal': Buffer.from(secret).toString('hex').toUpperCase(),
}

function strike(text: Buffer, sizes: readonly number[], secrets: readonly string[] = [secret]): string {
  const struck = striker(secrets.map((each) => Buffer.from(each)))
  assert.ok(struck !== null)
  const out: Buffer[] = []
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    out.push(struck.change(text.subarray(at, at + size)))
    at += size
  }
  out.push(struck.change(null))
  return Buffer.concat(out).toString('latin1')
}

suite('a reply that repeats the secret', () => {
  for (const [name, form] of Object.entries(forms)) {
    test(`${name} is struck, wherever it is cut`, () => {
      const text = Buffer.from(`{"before":"${form}","after":1}`)
      const expected = `{"before":"${'*'.repeat(form.length)}","after":1}`
      for (let at = 0; at <= text.length; at += 1) assert.equal(strike(text, [at || 1, 1_000]), expected)
      assert.equal(strike(text, [1]), expected)
    })
  }

  for (const before of ['', 'u', 'us', 'user:', 'someone:']) {
    for (const after of ['', '!', '!!']) {
      for (const alphabet of ['base64', 'base64url'] as const) {
        test(`in ${alphabet} after "${before}" and before "${after}" is struck`, () => {
          const text = Buffer.from(`${before}${secret}${after}`).toString(alphabet)
          for (const written of [text, encodeURIComponent(text)]) {
            const left = strike(Buffer.from(written), [1, 2, 3]).replaceAll(/%../g, '')
            const stars = left.replaceAll(/[^*]/g, '').length
            const unstruck = left.replaceAll('*', '').replaceAll('=', '').length
            const around = Math.ceil((before.length * 4) / 3) + Math.ceil((after.length * 4) / 3)
            assert.ok(stars >= (secret.length * 4) / 3 - 2, left)
            // What is left over belongs to what stands around it, but for the bits of one shared character at each end.
            assert.ok(unstruck <= around + 2, left)
          }
        })
      }
    }
  }
})

test('nothing else changes, whatever it is and however it comes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }),
      (given, sizes) => {
        const text = Buffer.from(given)
        assert.equal(strike(text, sizes), text.toString('latin1'))
      },
    ),
    { numRuns: 300 },
  )
})

test('a mixture of spellings is struck, wherever it stands', () => {
  const spellings = (byte: number): readonly string[] => {
    const plain = String.fromCharCode(byte)
    return [plain, `%${hex(byte)}`, `%25${hex(byte)}`, `\\u00${hex(byte)}`, `&#${byte};`]
  }
  const mixture = fc
    .tuple(...bytes.map((byte) => fc.constantFrom(...spellings(byte))))
    .map((parts) => parts.join(''))
  const noise = fc.stringMatching(/^[ -~]{0,40}$/)
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(noise, mixture, noise, sizes, (before, written, after, cuts) => {
      const struck = strike(Buffer.from(`${before}|${written}|${after}`), cuts)
      assert.ok(struck.includes('*'.repeat(written.length)), struck)
    }),
    { numRuns: 500 },
  )
})

test('secrets that overlap or contain each other leave nothing of any', () => {
  assert.equal(strike(Buffer.from('<abcdefgh>'), [5, 1], ['abcd', 'abcdefgh', 'cdef']), '<********>')
  assert.equal(strike(Buffer.from('<abcdef>'), [1], ['abcd', 'cdef']), '<******>')
  assert.equal(strike(Buffer.from('<aaaaaa>'), [2], ['aaa']), '<******>')
})

test('a beginning of the secret at the end of a reply is passed on in the end', () => {
  assert.equal(strike(Buffer.from('ends in s3cr3t'), [4]), 'ends in s3cr3t')
  assert.equal(strike(Buffer.from('ends in %'), [4]), 'ends in %')
})

test('headers are struck whole', () => {
  const struck = striker([Buffer.from('hunter2hunter2')])
  assert.equal(struck?.text('sid=hunter2hunter2; Path=/'), 'sid=**************; Path=/')
  assert.equal(struck?.text('nothing'), 'nothing')
  assert.equal(struck?.strikes, 1)
})

test('without a secret there is nothing to strike', () => {
  assert.equal(striker([]), null)
  assert.equal(striker([new Uint8Array(0)]), null)
})
