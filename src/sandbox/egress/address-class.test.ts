/** Addresses: one spelling each, and what lies behind them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readAddress } from './address.ts'
import { addressClass } from './address-class.ts'

function classOf(text: string): string {
  const address = readAddress(text)
  return address === null ? 'no address' : addressClass(address)
}

test('IPv4 has one spelling', () => {
  assert.equal(readAddress('127.0.0.1')?.text, '127.0.0.1')
  const others = [
    '127.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '127.0.0.01',
    '127.0.0.256',
    '127.0.0.1.',
    '',
  ]
  for (const text of others) assert.equal(readAddress(text), null, text)
})

test('IPv6 is read in every spelling of its standard and written in one', () => {
  for (const text of ['::1', '0:0:0:0:0:0:0:1', '0000::0001', '::0.0.0.1'])
    assert.equal(readAddress(text)?.text, '::1')
  assert.equal(readAddress('2001:DB8::A')?.text, '2001:db8::a')
  for (const text of ['fe80::1%eth0', '::1%', '1:2:3', ':::', '[::1]', '::g', '1::2::3'])
    assert.equal(readAddress(text), null, text)
})

test('an IPv4 address in the clothes of IPv6 is that address', () => {
  for (const text of ['::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:FFFF:7F00:1'])
    assert.deepEqual(readAddress(text), readAddress('127.0.0.1'))
})

test('reading what was written gives the same address', () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(bytes, (sixteen) => {
      const text = [...Array(8).keys()].map((at) =>
        ((sixteen[at * 2] ?? 0) * 256 + (sixteen[at * 2 + 1] ?? 0)).toString(16),
      )
      const address = readAddress(text.join(':'))
      assert.ok(address !== null)
      assert.deepEqual(readAddress(address.text), address)
      if (address.family === 6) assert.deepEqual([...address.bytes], [...sixteen])
    }),
    { numRuns: 500 },
  )
})

test('each special range is known to its last address, and what lies beside it is open', () => {
  const expected: { readonly [is: string]: readonly string[] } = {
    unspecified: ['0.0.0.0', '0.255.255.255', '::'],
    loopback: ['127.0.0.0', '127.255.255.255', '::1'],
    private: [
      '10.0.0.0',
      '10.255.255.255',
      '172.16.0.0',
      '172.31.255.255',
      '192.168.0.0',
      'fc00::',
      'fdff::1',
      'fec0::1',
    ],
    shared: ['100.64.0.0', '100.127.255.255'],
    'link-local': ['169.254.0.0', '169.254.255.255', 'fe80::1', 'febf::1'],
    metadata: [
      '169.254.169.254',
      '169.254.170.2',
      '100.100.100.200',
      '168.63.129.16',
      'fd00:ec2::254',
      '192.0.0.192',
    ],
    multicast: ['224.0.0.0', '239.255.255.255', 'ff02::1'],
    broadcast: ['255.255.255.255'],
    benchmarking: ['198.18.0.0', '198.19.255.255', '2001:2::1'],
    documentation: ['192.0.2.0', '198.51.100.255', '203.0.113.7', '2001:db8::1', '3fff::1'],
    reserved: ['240.0.0.0', '255.255.255.254', '192.0.0.1', '4000::1', '100::1', '5f00::1', '2001:20::1'],
    transition: [
      '192.88.99.1',
      '2002::1',
      '2001::1',
      '::7f00:1',
      '64:ff9b:1::1',
      '2600::5efe:a00:1',
      '2600::200:5efe:a00:1',
    ],
    public: [
      '1.0.0.0',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.0',
      '169.253.255.255',
      '169.255.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '192.167.255.255',
      '192.169.0.0',
      '198.17.255.255',
      '198.20.0.0',
      '223.255.255.255',
      '2600::1',
      '2a00::1',
      '2001:200::1',
      '3ffe::1',
    ],
  }
  for (const [is, texts] of Object.entries(expected))
    for (const text of texts) assert.equal(classOf(text), is, text)
})

test('what NAT64 shows is judged by the address behind it', () => {
  assert.equal(classOf('64:ff9b::8.8.8.8'), 'public')
  assert.equal(classOf('64:ff9b::10.0.0.1'), 'private')
  assert.equal(classOf('64:ff9b::169.254.169.254'), 'metadata')
})
