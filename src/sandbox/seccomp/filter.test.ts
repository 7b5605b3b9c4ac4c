import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SeccompRule } from './filter.ts'
import { seccompFilter } from './filter.ts'
import { coreRules, programRules } from './program-rules.ts'
import type { Architecture } from './syscalls.ts'
import { auditNumbers, newestKnown, syscallNumber } from './syscalls.ts'

const allowed = 0x7fff0000
const killed = 0x80000000
const errno = (number: number): number => (0x00050000 | number) >>> 0

/** What the kernel would answer: the few instructions of classic BPF that filters are made of. */
function run(
  program: Buffer,
  architecture: number,
  number: number,
  args: readonly (number | bigint)[] = [],
): number {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(number >>> 0, 0)
  data.writeUInt32LE(architecture >>> 0, 4)
  for (const [index, value] of args.entries())
    data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 16 + 8 * index)
  let accumulator = 0
  for (let at = 0; at < program.length; at += 8) {
    const value = program.readUInt32LE(at + 4)
    const [whenTrue, whenFalse] = [program.readUInt8(at + 2), program.readUInt8(at + 3)]
    const take = (holds: boolean): void => {
      at += 8 * (holds ? whenTrue : whenFalse)
    }
    switch (program.readUInt16LE(at)) {
      case 0x20:
        accumulator = data.readUInt32LE(value)
        break
      case 0x54:
        accumulator = (accumulator & value) >>> 0
        break
      case 0x05:
        at += 8 * value
        break
      case 0x15:
        take(accumulator === value)
        break
      case 0x35:
        take(accumulator >= value)
        break
      case 0x45:
        take((accumulator & value) !== 0)
        break
      case 0x06:
        return value
      default:
        assert.fail(`no such instruction at ${at}`)
    }
  }
  return assert.fail('the program ran out')
}

const architectures: readonly Architecture[] = ['x64', 'arm64']

for (const architecture of architectures) {
  describe(`a filter for ${architecture}`, () => {
    const audit = auditNumbers[architecture]
    const filter = seccompFilter(programRules, architecture)
    const ask = (name: string, ...args: readonly (number | bigint)[]): number => {
      const number = syscallNumber(name, architecture)
      assert.ok(number !== null)
      return run(filter, audit, number, args)
    }

    test('refuses what rules name, whatever the arguments, and allows the rest', () => {
      const named = new Map(
        programRules.map((rule) => [syscallNumber(rule.syscall, architecture), rule] as const),
      )
      for (let number = 0; number <= newestKnown; number += 1) {
        const rule = named.get(number)
        const answer = run(filter, audit, number)
        if (rule === undefined) assert.equal(answer, allowed, `call ${number}`)
        else if (rule.when === undefined) assert.equal(answer, errno(rule.errno), rule.syscall)
      }
    })

    test('answers calls that are newer than itself as not implemented', () => {
      for (const number of [newestKnown + 1, 500, 1_000, 0x3fffffff])
        assert.equal(run(filter, audit, number), errno(38))
    })

    test('ends whoever calls in the way of another architecture', () => {
      for (const other of [0x40000003, 0xc00000b7, 0xc000003e, 0, 0xffffffff]) {
        if (other !== audit) assert.equal(run(filter, other, 1), killed)
      }
      for (const number of [0x40000000, 0x40000001, 0xffffffff])
        assert.equal(run(filter, audit, number), killed)
    })

    test('allows local and loopback sockets of the plain kinds and no others', () => {
      const open: readonly string[] = [
        '1 1 0',
        '1 2 0',
        '1 5 0',
        '2 1 0',
        '2 1 6',
        '2 2 17',
        '10 1 0',
        '16 3 0',
        '16 2 0',
      ]
      for (let family = 0; family < 50; family += 1) {
        for (const type of [1, 2, 3, 5, 10]) {
          for (const protocol of [0, 1, 6, 17, 132, 255, 262]) {
            const answer = ask('socket', family, type | 0o2004000, protocol)
            const isOpen = answer === allowed
            if (open.includes(`${family} ${type} ${protocol}`))
              assert.ok(isOpen, `${family} ${type} ${protocol}`)
            if (![1, 2, 10, 16].includes(family)) assert.equal(answer, errno(97))
            if ([2, 10].includes(family) && (type === 3 || type === 10 || ![0, 6, 17].includes(protocol)))
              assert.ok(!isOpen, `${family} ${type} ${protocol}`)
            if (family === 16 && protocol !== 0) assert.ok(!isOpen)
          }
        }
      }
      assert.equal(ask('socketpair', 1, 1, 0), allowed)
      assert.equal(ask('socketpair', 2, 1, 0), errno(97))
    })

    test('looks at the half of an argument that the kernel takes', () => {
      const high = 0xabcdn << 32n
      assert.equal(ask('ioctl', 0, high | 0x5412n), errno(1))
      assert.equal(ask('ioctl', 0, 0x5413), allowed)
      assert.equal(ask('socket', high | 40n, 1, 0), errno(97))
      assert.equal(ask('clone', high | 0x10000000n), errno(1))
      assert.equal(ask('clone', 0x3d0f00), allowed)
      assert.equal(ask('personality', 0xffffffff), allowed)
      assert.equal(ask('personality', 0x40000), errno(1))
    })

    test('no file can be made or marked set-user-id', () => {
      assert.equal(ask('fchmod', 0, 0o4755), errno(1))
      assert.equal(ask('fchmodat', 0, 0, 0o2755), errno(1))
      assert.equal(ask('fchmod', 0, 0o1777), allowed)
      assert.equal(ask('openat', 0, 0, 0o101, 0o4755), errno(1))
      assert.equal(ask('openat', 0, 0, 0o20200002, 0o4755), errno(1))
      assert.equal(ask('openat', 0, 0, 0o0, 0o4755), allowed, 'without creating, the mode is not read')
      assert.equal(ask('mknodat', 0, 0, 0o20666, 0), errno(1))
      assert.equal(ask('mknodat', 0, 0, 0o60666, 0), errno(1))
      assert.equal(ask('mknodat', 0, 0, 0o10666, 0), allowed)
      assert.equal(ask('mknodat', 0, 0, 0o140666, 0), allowed)
    })

    test('stays small enough to be looked through many times', () => {
      assert.ok(filter.length / 8 < 500, String(filter.length / 8))
    })
  })
}

test('rules of the same call are tried in their order', () => {
  const rules: readonly SeccompRule[] = [
    {
      syscall: 'kill',
      errno: 5,
      when: [
        { argument: 0, oneOf: [7, 9] },
        { argument: 1, anyBitOf: 6 },
      ],
    },
    { syscall: 'kill', errno: 6, when: [{ argument: 0, noneOf: [1, 7], mask: 0xff }] },
  ]
  const filter = seccompFilter(rules, 'x64')
  const ask = (...args: readonly number[]): number => run(filter, auditNumbers.x64, 62, args)
  assert.equal(ask(7, 2), errno(5))
  assert.equal(ask(9, 4), errno(5))
  assert.equal(ask(9, 1), errno(6))
  assert.equal(ask(7, 1), allowed)
  assert.equal(ask(0x301, 1), allowed)
  assert.equal(ask(0x302, 1), errno(6))
})

test('a rule about a call that nobody knows is a fault', () => {
  assert.throws(() => seccompFilter([{ syscall: 'no_such_call', errno: 1 }], 'x64'))
  assert.ok(coreRules.length > 0)
})
