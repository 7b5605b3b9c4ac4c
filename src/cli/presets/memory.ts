/** Presets for the official knowledge-graph memory server. The graph is one file; there is nothing to confine. */
import type { ServerPresets } from './preset.ts'

/** `@modelcontextprotocol/server-memory`. */
export const memoryPresets: ServerPresets = {
  server: 'memory',
  origin: '@modelcontextprotocol/server-memory',
  known: ['tools/read_graph', 'tools/open_nodes', 'tools/create_entities'],
  readOnly: {
    'tools/read_graph': [],
    'tools/search_nodes': ['query any'],
    'tools/open_nodes': ['names any'],
    'resources/read': ['uri prefix memory://'],
    'resources/subscribe': ['uri prefix memory://'],
  },
  readWrite: {
    'tools/create_entities': ['entities any'],
    'tools/create_relations': ['relations any'],
    'tools/add_observations': ['observations any'],
    'tools/delete_entities': ['entityNames any'],
    'tools/delete_observations': ['deletions any'],
    'tools/delete_relations': ['relations any'],
  },
  leftOut: {},
}
