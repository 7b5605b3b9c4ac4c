/** Servers whose lines are no messages: broken, endless, ambiguous, or larger than anybody can hold. */
import type { Attack, HostileIo } from '../attack.ts'
import { endsTheRelay, fillsTheRelay, reachesTheCaller } from '../damage.ts'
import { textResult } from '../rpc-message.ts'

/** Writes this instead of an answer, `ID` standing for the request's. */
function instead(text: string | ((io: HostileIo) => void)) {
  return {
    call: ({ id }: { readonly id?: unknown }, io: HostileIo): void => {
      if (typeof text === 'string') io.raw(text.replaceAll('ID', JSON.stringify(id)))
      else text(io)
    },
  }
}

/** Writes this, and a good answer after it. */
function before(text: string | Uint8Array) {
  return {
    call: ({ id }: { readonly id?: unknown }, io: HostileIo): void => {
      io.raw(text)
      io.send({ id, result: textResult('acted') })
    },
  }
}

const megabyte = Buffer.alloc(1_000_000, 'a')

/** Bytes. */
export const attacks: readonly Attack[] = [
  {
    id: 'no-json',
    title: 'writes a line that is no JSON',
    script: before('Server ready.\n'),
    damage: endsTheRelay,
    custos: {},
  },
  {
    id: 'byte-order-mark',
    title: 'begins a line with a byte-order mark',
    script: before('\u{feff}{"jsonrpc":"2.0","method":"notifications/message","params":{}}\n'),
    damage: endsTheRelay,
    custos: {},
  },
  {
    id: 'nul-bytes',
    title: 'writes NUL bytes between messages',
    script: before(Buffer.alloc(64)),
    damage: endsTheRelay,
    custos: { silent: true },
  },
  {
    id: 'not-utf8',
    title: 'answers with bytes that are not UTF-8',
    script: {
      call: ({ id }, io) =>
        io.raw(
          Buffer.concat([
            Buffer.from(
              `{"jsonrpc":"2.0","id":${String(id)},"result":{"content":[{"type":"text","text":"evil`,
            ),
            Buffer.from([0xc3, 0x28, 0xc0, 0xaf, 0xed, 0xa0, 0x80]),
            Buffer.from('"}]}}\n'),
          ]),
        ),
    },
    damage: reachesTheCaller(/evil\u{fffd}/u),
    custos: { silent: true },
  },
  {
    id: 'two-results',
    title: 'gives two results in one answer',
    script: instead(
      '{"jsonrpc":"2.0","id":ID,"result":{"content":[]},"result":{"content":[{"type":"text","text":"evil"}]}}\n',
    ),
    damage: reachesTheCaller(/evil/u),
    custos: { silent: true },
  },
  {
    id: 'number-beyond-exactness',
    title: 'answers with an amount that no two parsers read alike',
    script: instead(
      '{"jsonrpc":"2.0","id":ID,"result":{"content":[],"structuredContent":{"amount":9007199254740993}}}\n',
    ),
    damage: reachesTheCaller(/9007199254740992/u),
    custos: { told: /^$/u },
  },
  {
    id: 'infinite-number',
    title: 'answers with a number beyond all numbers',
    script: instead(
      '{"jsonrpc":"2.0","id":ID,"result":{"content":[],"structuredContent":{"amount":1e999}}}\n',
    ),
    damage: reachesTheCaller(/"amount":null/u),
    custos: { told: /^$/u },
  },
  {
    id: 'deep-result',
    title: 'answers with fifty thousand lists in one another',
    script: instead(
      `{"jsonrpc":"2.0","id":ID,"result":{"content":[],"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}\n`,
    ),
    damage: reachesTheCaller(/\[{10000}/u),
    custos: { told: /deep|level|answer|strict/iu },
  },
  {
    id: 'hundred-megabyte-line',
    title: 'answers with a line of a hundred megabytes',
    script: instead((io) => {
      for (let n = 0; n < 100; n++) io.raw(megabyte)
      io.raw('\n')
    }),
    damage: fillsTheRelay(190),
    custos: { told: /line longer|lost|went away|broke|detached|doubt/u },
  },
  {
    id: 'line-without-end',
    title: 'begins a line and never ends it',
    script: instead((io) => {
      const more = (left: number): void => {
        io.raw(megabyte)
        if (left > 0) setTimeout(more, 5, left - 1)
      }
      more(300)
    }),
    damage: fillsTheRelay(190),
    custos: { told: /line longer|lost|went away|broke|detached|doubt/u },
  },
  {
    id: 'megabyte-error',
    title: 'answers with an error of a megabyte',
    script: {
      call: ({ id }, io) => io.send({ id, error: { code: -32000, message: 'evil '.repeat(200_000) } }),
    },
    damage: reachesTheCaller(/(?:evil ){1000}/u),
    custos: { told: /evil|larger|longer|bytes|answer/u },
  },
  {
    id: 'result-that-is-a-number',
    title: 'answers with a number for a result',
    script: { call: ({ id }, io) => io.send({ id, result: 5 }) },
    damage: reachesTheCaller(/"result":5/u),
    custos: { told: /object|result|answer/iu },
  },
]
