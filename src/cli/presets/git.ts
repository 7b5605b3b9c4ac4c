/** Presets for the official git server: repositories below one folder, judged by name. */
import type { ServerPresets } from './preset.ts'

const repository = 'repo_path within /$ROOT'

/** `mcp-server-git`, from the Python package index. */
export const gitPresets: ServerPresets = {
  server: 'git',
  origin: 'mcp-server-git',
  known: ['tools/git_status', 'tools/git_diff_staged', 'tools/git_log'],
  readOnly: {
    'tools/git_status': [repository],
    'tools/git_diff_unstaged': [repository, 'context_lines? range 0..'],
    'tools/git_diff_staged': [repository, 'context_lines? range 0..'],
    'tools/git_diff': [repository, 'target any', 'context_lines? range 0..'],
    'tools/git_log': [repository, 'max_count? range 1..', 'start_timestamp? any', 'end_timestamp? any'],
    'tools/git_show': [repository, 'revision any'],
    'tools/git_branch': [repository, 'branch_type any', 'contains? any', 'not_contains? any'],
  },
  readWrite: {
    'tools/git_add': [repository, 'files any'],
    'tools/git_commit': [repository, 'message any'],
    'tools/git_reset': [repository],
    'tools/git_create_branch': [repository, 'branch_name any', 'base_branch? any'],
    'tools/git_checkout': [repository, 'branch_name any'],
  },
  leftOut: {},
}
