/**
 * Makes a seccomp program, in the classic BPF that the kernel takes, from rules in words. The kernel runs it before
 * every system call, and many times when it is installed, so numbers are looked up in a balanced tree. No library
 * is needed and no native code: a program is an array of four numbers an instruction.
 *
 * Only the lower half of an argument is looked at. Every argument that rules test is an `int` or has its flags in
 * the lower half; comparing the upper half would let it be smuggled past.
 */
import { invariant } from '../../base/fault.ts'
import type { Architecture } from './syscalls.ts'
import { auditNumbers, newestKnown, syscallNumber } from './syscalls.ts'

/** A condition on one argument, counted from 0. */
export type ArgumentTest =
  | { readonly argument: number; readonly anyBitOf: number }
  | { readonly argument: number; readonly oneOf: readonly number[] }
  /** `mask` is applied first. */
  | { readonly argument: number; readonly noneOf: readonly number[]; readonly mask?: number }

/** In place of an error number: the call is not made, and whoever holds the filter's listener answers it. */
export const handOver = -1

/** A system call fails with `errno` when all of `when` hold; without conditions it always does. */
export interface SeccompRule {
  /** By its name on Linux; one that is not in the table of `syscalls.ts` is a fault. */
  readonly syscall: string
  readonly errno: number
  readonly when?: readonly ArgumentTest[]
}

type Instruction = readonly [code: number, whenTrue: number, whenFalse: number, value: number]

const loadWord = 0x20
const jump = 0x05
const jumpIfEqual = 0x15
const jumpIfAtLeast = 0x35
const jumpIfAnyBit = 0x45
const and = 0x54
const giveBack = 0x06

const allow: Instruction = [giveBack, 0, 0, 0x7fff0000]
const killProcess: Instruction = [giveBack, 0, 0, 0x80000000]
const notImplemented = 38
const firstOfX32 = 0x40000000
const numberAt = 0
const architectureAt = 4
const argumentsAt = 16

/**
 * The filter for `rules`. Calls of another architecture end the process; calls that are newer than the rules are
 * not implemented; whatever no rule names is allowed.
 */
export function seccompFilter(rules: readonly SeccompRule[], architecture: Architecture): Buffer {
  const byNumber = new Map<number, SeccompRule[]>()
  for (const rule of rules) {
    const number = syscallNumber(rule.syscall, architecture)
    if (number === null) continue
    invariant(number <= newestKnown, 'a rule is about a known system call')
    byNumber.set(number, [...(byNumber.get(number) ?? []), rule])
  }
  return assemble([
    [loadWord, 0, 0, architectureAt],
    [jumpIfEqual, 1, 0, auditNumbers[architecture]],
    killProcess,
    [loadWord, 0, 0, numberAt],
    [jumpIfAtLeast, 0, 1, firstOfX32],
    killProcess,
    ...tree(intervals(byNumber)),
  ])
}

interface Interval {
  readonly from: number
  readonly code: readonly Instruction[]
}

/** All numbers from 0 on, cut wherever the answer changes. */
function intervals(byNumber: ReadonlyMap<number, readonly SeccompRule[]>): readonly Interval[] {
  const cut: Interval[] = [{ from: 0, code: [allow] }]
  for (const [number, rules] of [...byNumber].toSorted(([a], [b]) => a - b)) {
    if (cut.at(-1)?.from === number) cut.pop()
    cut.push({ from: number, code: rulesCode(rules) }, { from: number + 1, code: [allow] })
  }
  cut.push({ from: newestKnown + 1, code: [refuse(notImplemented)] })
  return merged(cut)
}

/** Neighbours with the same answer become one. */
function merged(cut: readonly Interval[]): readonly Interval[] {
  return cut.filter(({ from, code }, index) => {
    if (cut[index + 1]?.from === from) return false
    const before = cut[index - 1]
    return before === undefined || JSON.stringify(before.code) !== JSON.stringify(code)
  })
}

function tree(among: readonly Interval[]): readonly Instruction[] {
  const [first] = among
  invariant(first !== undefined, 'the numbers are covered without a gap')
  if (among.length === 1) return first.code
  const middle = among.length >> 1
  const below = tree(among.slice(0, middle))
  const from = tree(among.slice(middle))
  const boundary = among[middle]?.from ?? 0
  // A conditional jump reaches 255 instructions; further ones need a plain jump as a stepping stone.
  return below.length <= 255
    ? [[jumpIfAtLeast, below.length, 0, boundary], ...below, ...from]
    : [[jumpIfAtLeast, 0, 1, boundary], [jump, 0, 0, below.length], ...below, ...from]
}

function rulesCode(rules: readonly SeccompRule[]): readonly Instruction[] {
  const last = rules.at(-1)
  const code = rules.flatMap(ruleCode)
  return last?.when === undefined ? code : [...code, allow]
}

/** Falls out at its end when a condition does not hold. */
function ruleCode({ errno, when = [] }: SeccompRule): readonly Instruction[] {
  let code: readonly Instruction[] = [refuse(errno)]
  for (const test of when.toReversed()) code = [...testCode(test, code.length), ...code]
  return code
}

/** Goes on when the condition holds and skips `skipped` instructions more when it does not. */
function testCode(test: ArgumentTest, skipped: number): readonly Instruction[] {
  const load: Instruction = [loadWord, 0, 0, argumentsAt + 8 * test.argument]
  if ('anyBitOf' in test) return [load, [jumpIfAnyBit, 0, skipped, test.anyBitOf]]
  if ('oneOf' in test) {
    const { length } = test.oneOf
    return [
      load,
      ...test.oneOf.map((value, index): Instruction => [
        jumpIfEqual,
        length - 1 - index,
        index === length - 1 ? skipped : 0,
        value,
      ]),
    ]
  }
  const { noneOf, mask } = test
  return [
    load,
    ...(mask === undefined ? [] : [[and, 0, 0, mask] as const]),
    ...noneOf.map((value, index): Instruction => [
      jumpIfEqual,
      noneOf.length - 1 - index + skipped,
      0,
      value,
    ]),
  ]
}

function refuse(errno: number): Instruction {
  return [giveBack, 0, 0, errno === handOver ? 0x7fc00000 : 0x00050000 | errno]
}

function assemble(instructions: readonly Instruction[]): Buffer {
  invariant(instructions.length <= 4_096, 'a filter fits into what the kernel takes')
  const program = Buffer.alloc(instructions.length * 8)
  for (const [index, [code, whenTrue, whenFalse, value]] of instructions.entries()) {
    invariant(whenTrue <= 255 && whenFalse <= 255, 'a conditional jump reaches its target')
    program.writeUInt16LE(code, index * 8)
    program.writeUInt8(whenTrue, index * 8 + 2)
    program.writeUInt8(whenFalse, index * 8 + 3)
    program.writeUInt32LE(value >>> 0, index * 8 + 4)
  }
  return program
}
