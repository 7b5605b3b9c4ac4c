/** Presets for the official everything server, which exists to try clients out. */
import type { ServerPresets } from './preset.ts'

/** `@modelcontextprotocol/server-everything`. */
export const everythingPresets: ServerPresets = {
  server: 'everything',
  origin: '@modelcontextprotocol/server-everything',
  known: ['tools/echo', 'tools/get-annotated-message', 'tools/trigger-long-running-operation'],
  readOnly: {
    'tools/echo': ['message any'],
    'tools/get-annotated-message': ['messageType any', 'includeImage? in [true,false]'],
    'tools/get-resource-links': ['count? range 1..10'],
    'tools/get-resource-reference': ['resourceType? any', 'resourceId? range 1..'],
    'tools/get-structured-content': ['location any'],
    'tools/get-sum': ['a any', 'b any'],
    'tools/get-tiny-image': [],
    'tools/trigger-long-running-operation': ['duration? range 0..60', 'steps? range 1..100'],
    'resources/read': ['uri prefix demo://'],
    'resources/subscribe': ['uri prefix demo://'],
    'prompts/get': ['name any', 'arguments? any'],
    'completion/complete': ['ref any', 'argument any', 'context? any'],
  },
  readWrite: {
    'tools/toggle-simulated-logging': [],
    'tools/toggle-subscriber-updates': [],
    'tools/simulate-research-query': ['topic any', 'ambiguous? in [true,false]'],
  },
  leftOut: {
    'tools/get-env': 'it shows the program’s environment',
    'tools/gzip-file-as-resource': 'it fetches any address',
  },
}
