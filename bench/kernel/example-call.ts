/**
 * The call that every subject of the kernel suite makes: a note is written through a grant that constrains both
 * of its arguments. Small, because what is measured is the gate and not the payload.
 */
import { canonicalJson } from '../../src/base/canonical-json.ts'
import { sha256Hex } from '../../src/base/hash.ts'
import type { Json } from '../../src/base/json.ts'
import type { PinnedSelector } from '../../src/kernel/manifest.ts'

type Definitions = readonly { readonly selector: string; readonly definition: Json }[]

/** The operation. */
export const selector = 'tools/write_note'

const definition = { name: 'write_note' } as const

/** Its definition, as the driver gives it. */
export const definitions: Definitions = [{ selector: 'tools/write_note', definition }]

/** The definition as the manifest pins it. */
export const pinned: PinnedSelector & { readonly [name: string]: Json } = {
  selector: 'tools/write_note',
  digest: sha256Hex(canonicalJson(definition)),
  effect: 'change',
}

/** The program of the manifest; never started here. */
export const program = { protocol: 'mcp-stdio', command: 'none', args: [], cwd: '/', env: {} } as const

/** The caveats of the grant: two arguments, both judged, and nothing else allowed. */
export const caveats = {
  selectors: ['tools/write_note'],
  where: {
    'tools/write_note': {
      arguments: {
        path: { constraint: { within: '/data/notes' } },
        mode: { constraint: { in: ['append', 'replace'] } },
      },
    },
  },
} as const

/** The arguments of every call. */
export const callArguments = { path: '/data/notes/monday.txt', mode: 'append' } as const

/** What the driver answers. */
export const resultBytes: Uint8Array = Buffer.from('{"content":[{"type":"text","text":"noted"}]}')
