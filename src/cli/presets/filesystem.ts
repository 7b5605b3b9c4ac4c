/** Presets for the official filesystem server: everything below one folder, judged by name. */
import type { ServerPresets } from './preset.ts'

const path = 'path within /$ROOT'

/** `@modelcontextprotocol/server-filesystem`. */
export const filesystemPresets: ServerPresets = {
  server: 'filesystem',
  origin: '@modelcontextprotocol/server-filesystem',
  known: ['tools/read_text_file', 'tools/directory_tree', 'tools/list_allowed_directories'],
  readOnly: {
    'tools/read_file': [path, 'head? range 1..', 'tail? range 1..'],
    'tools/read_text_file': [path, 'head? range 1..', 'tail? range 1..'],
    'tools/read_media_file': [path],
    'tools/read_multiple_files': ['paths every within /$ROOT'],
    'tools/list_directory': [path],
    'tools/list_directory_with_sizes': [path, 'sortBy? in ["name","size"]'],
    'tools/directory_tree': [path, 'excludePatterns? any'],
    'tools/search_files': [path, 'pattern any', 'excludePatterns? any'],
    'tools/get_file_info': [path],
    'tools/list_allowed_directories': [],
  },
  readWrite: {
    'tools/write_file': [path, 'content any'],
    'tools/edit_file': [path, 'edits any', 'dryRun? in [true,false]'],
    'tools/create_directory': [path],
    'tools/move_file': ['source within /$ROOT', 'destination within /$ROOT'],
  },
  leftOut: {},
}
