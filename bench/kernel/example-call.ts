/**
 * The call that every subject of the kernel suite makes: a note is written through a grant that constrains both
 * of its arguments. Small, because what is measured is the gate and not the payload.
 */
import { canonicalJson } from '../../src/base/canonical-json.ts'
import { sha256Hex } from '../../src/base/hash.ts'

/** The operation. */
export const selector = 'tools/write_note'

/** Its definition, as the driver gives it and the manifest pins it. */
export const definitions = [{ selector, definition: { name: 'write_note' } }] as const

/** The pinned selector of the manifest. */
export const pinned = {
  selector,
  digest: sha256Hex(canonicalJson(definitions[0].definition)),
  effect: 'change',
} as const

/** The program of the manifest; never started here. */
export const program = { protocol: 'mcp-stdio', command: 'none', args: [], cwd: '/', env: {} } as const

/** The caveats of the grant: two arguments, both judged, and nothing else allowed. */
export const caveats = {
  selectors: [selector],
  where: {
    [selector]: {
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
