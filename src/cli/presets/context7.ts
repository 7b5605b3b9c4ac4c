/** Preset for Context7, which looks documentation up. The question itself goes to its service. */
import type { ServerPresets } from './preset.ts'

/** `@upstash/context7-mcp`. */
export const context7Presets: ServerPresets = {
  server: 'context7',
  origin: '@upstash/context7-mcp',
  known: ['tools/resolve-library-id', 'tools/query-docs'],
  readOnly: {
    'tools/resolve-library-id': ['query any', 'libraryName any'],
    'tools/query-docs': ['libraryId any', 'query any'],
  },
  leftOut: {},
}
