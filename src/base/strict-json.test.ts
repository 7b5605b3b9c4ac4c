import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Json } from './json.ts'
import { defaultJsonLimits, parseStrictJson } from './strict-json.ts'

const parse = (text: string) => parseStrictJson(Buffer.from(text))

function refused(text: string | Uint8Array, reason: string, offset?: number): void {
  const result = parseStrictJson(typeof text === 'string' ? Buffer.from(text) : text)
  assert.equal(result.ok, false, `accepted ${String(text)}`)
  if (result.ok) return
  assert.equal(result.error.reason, reason, String(text))
  if (offset !== undefined) assert.equal(result.error.offset, offset, String(text))
}

/** As JSON.parse sees it, for comparison with objects that have no prototype. */
function plain(value: Json): unknown {
  return JSON.parse(JSON.stringify(value))
}

test('every kind of value is parsed', () => {
  const result = parse(
    '{"s":"\\u00e9\\n😀","n":[0,-1,1.5,2e3,-0.25E-2],"t":true,"f":false,"z":null,"e":{},"a":[ ] }',
  )
  assert.ok(result.ok)
  assert.deepEqual(plain(result.value), {
    s: 'é\n😀',
    n: [0, -1, 1.5, 2000, -0.0025],
    t: true,
    f: false,
    z: null,
    e: {},
    a: [],
  })
})

test('a scalar alone is a text, with spaces around it', () => {
  const result = parse('  "x" ')
  assert.deepEqual(result, { ok: true, value: 'x' })
})

test('objects have no prototype, so __proto__ and toString are ordinary names', () => {
  const result = parse('{"__proto__":{"polluted":true},"toString":1}')
  assert.ok(result.ok)
  assert.equal(Object.getPrototypeOf(result.value), null)
  assert.deepEqual(Object.keys(result.value as object), ['__proto__', 'toString'])
  assert.equal(({} as { polluted?: boolean }).polluted, undefined)
})

test('a name that appears twice is refused, however it is written', () => {
  refused('{"a":1,"a":2}', 'duplicate-name', 7)
  refused('{"a":1,"\\u0061":2}', 'duplicate-name', 7)
  refused('{"1":1,"1":2}', 'duplicate-name')
  refused('{"__proto__":1,"__proto__":2}', 'duplicate-name')
  assert.ok(parse('{"a":{"a":1},"b":{"a":2}}').ok)
})

test('numbers beyond the safe integers are refused in every notation', () => {
  for (const text of [
    '9007199254740992',
    '-9007199254740992',
    '9007199254740993.0',
    '1e16',
    '90071992547409920e-1',
    '1e400',
    '-1e400',
  ])
    refused(text, 'number-range', 0)
  assert.deepEqual(parse('9007199254740991'), { ok: true, value: Number.MAX_SAFE_INTEGER })
  assert.deepEqual(parse('-9007199254740991'), { ok: true, value: Number.MIN_SAFE_INTEGER })
})

test('minus zero is zero', () => {
  for (const text of ['-0', '-0.0', '-0e5', '-1e-400']) {
    const result = parse(text)
    assert.ok(result.ok && Object.is(result.value, 0), text)
  }
})

test('no byte below 0x20 is accepted anywhere', () => {
  for (let byte = 0; byte < 0x20; byte++) {
    const control = String.fromCharCode(byte)
    refused(`{"a":${control}1}`, 'control-byte', 5)
    refused(`"a${control}"`, 'control-byte', 2)
    refused(`"\\${control}"`, 'control-byte', 2)
    refused(`1${control}`, 'control-byte', 1)
    refused(`tr${control}`, 'control-byte', 2)
  }
  assert.ok(parse('"\u007f"').ok)
})

test('lone surrogates are refused in values and names, pairs are not', () => {
  for (const text of [
    '"\\ud800"',
    '"\\udc00"',
    '"\\ud83d\\ud83d\\ude00"',
    '"\\ud83dx\\ude00"',
    '{"\\ud800":1}',
  ])
    refused(text, 'lone-surrogate')
  assert.deepEqual(parse('"\\ud83d\\ude00"'), { ok: true, value: '😀' })
})

test('bytes that are not UTF-8 are refused, and so is a byte-order mark', () => {
  refused(Uint8Array.of(0x22, 0xff, 0x22), 'not-utf8')
  refused(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 'not-utf8') // an encoded surrogate
  refused(Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 'not-utf8') // overlong
  refused('\ufeff{}', 'byte-order-mark')
  refused('\ufeff{}'.slice(1) + '\ufeff', 'syntax', 2)
})

test('what is not JSON is refused at the place where it stops being JSON', () => {
  refused('', 'syntax', 0)
  refused('   ', 'syntax', 3)
  refused('{"a":1,}', 'syntax', 7)
  refused('[1,]', 'syntax', 3)
  refused('[1 2]', 'syntax', 3)
  refused('{"é":x}', 'syntax', 6) // offsets are in bytes
  refused('{a:1}', 'syntax', 1)
  refused('nul', 'syntax')
  refused('nulll', 'syntax', 4)
  for (const text of ['01', '+1', '.5', '1.', '1e', '1e+', '-', 'NaN', 'Infinity', '0x1', '1_0'])
    refused(text, 'syntax')
  for (const text of [
    '"',
    '"\\',
    '"\\"',
    '"\\x"',
    '"\\u12"',
    "'a'",
    '{} {}',
    ']',
    '{"a"}',
    '{"a":}',
    '[',
    '{',
  ])
    refused(text, 'syntax')
})

test('depth, size and number of values are bounded', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  assert.ok(parse(nested(32)).ok)
  refused(nested(33), 'too-deep', 32)
  refused('{"a":'.repeat(33) + '1' + '}'.repeat(33), 'too-deep')
  refused('['.repeat(1_000_000), 'too-deep')
  assert.ok(parse(`"${'x'.repeat(1_048_574)}"`).ok)
  refused(`"${'x'.repeat(1_048_575)}"`, 'too-large', 0)
  refused(`[${'1,'.repeat(defaultJsonLimits.maxValues)}1]`, 'too-many-values')
  assert.ok(!parseStrictJson(Buffer.from('[1,2]'), { maxBytes: 5, maxDepth: 1, maxValues: 2 }).ok)
  assert.ok(parseStrictJson(Buffer.from('[1,2]'), { maxBytes: 5, maxDepth: 1, maxValues: 3 }).ok)
})

test('a view into a larger buffer is parsed as itself', () => {
  const whole = Buffer.from('xx{"a":1}yy')
  assert.ok(parseStrictJson(whole.subarray(2, 9)).ok)
  assert.ok(parseStrictJson(new Uint8Array(whole.buffer, whole.byteOffset + 2, 7)).ok)
})

test('whatever JSON.stringify writes for a safe value is read back equal', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false }), (value) => {
      const text = JSON.stringify(value)
      const expected = JSON.parse(text, (_, part: unknown) => (part === 0 ? 0 : part)) as unknown
      const isSafe = !JSON.stringify(value, (_, part: unknown) =>
        typeof part === 'number' && Math.abs(part) > Number.MAX_SAFE_INTEGER ? '!unsafe!' : part,
      ).includes('!unsafe!')
      const result = parse(text)
      assert.equal(result.ok, isSafe)
      if (result.ok) assert.deepEqual(plain(result.value), expected)
    }),
    { numRuns: 1_000 },
  )
})

test('on arbitrary text it agrees with JSON.parse, or has a named reason not to', () => {
  const brackets = ['{', '}', '[', ']', ',', ':', ' ', '\t', '"', '\\', '.', '0', 'é']
  const strings = ['"a"', '"b"', '"\\u0061"', '"\\ud800"', '"__proto__"']
  const values = ['1', '-0', '1e5', 'true', 'null', '9007199254740993', '{"a":1}', '[1,2]']
  const fragments = fc.array(fc.constantFrom(...brackets, ...strings, ...values), { maxLength: 12 })
  fc.assert(
    fc.property(fragments, (parts) => {
      const text = parts.join('')
      const strict = parse(text)
      let lenient: { value: Json } | null = null
      try {
        lenient = { value: JSON.parse(text) as Json }
      } catch {
        lenient = null
      }
      if (strict.ok) {
        assert.ok(lenient !== null, `only the strict parser accepts ${text}`)
        assert.deepEqual(plain(strict.value), plain(lenient.value))
      } else if (lenient !== null) {
        assert.ok(
          ['duplicate-name', 'control-byte', 'number-range', 'lone-surrogate'].includes(strict.error.reason),
          text,
        )
      }
    }),
    { numRuns: 5_000 },
  )
})

test('arbitrary bytes never make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const result = parseStrictJson(bytes)
      if (!result.ok) assert.ok(result.error.offset >= 0 && result.error.offset <= bytes.length)
    }),
    { numRuns: 3_000 },
  )
})
