/** Preset for the official sequential-thinking server: one tool, which changes nothing outside itself. */
import type { ServerPresets } from './preset.ts'

/** `@modelcontextprotocol/server-sequential-thinking`. */
export const sequentialThinkingPresets: ServerPresets = {
  server: 'sequential-thinking',
  origin: '@modelcontextprotocol/server-sequential-thinking',
  known: ['tools/sequentialthinking'],
  readOnly: {
    'tools/sequentialthinking': [
      'thought any',
      'nextThoughtNeeded any',
      'thoughtNumber range 1..',
      'totalThoughts range 1..',
      'isRevision? any',
      'revisesThought? range 1..',
      'branchFromThought? range 1..',
      'branchId? any',
      'needsMoreThoughts? any',
    ],
  },
  leftOut: {},
}
