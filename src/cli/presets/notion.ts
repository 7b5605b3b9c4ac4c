/** Presets for Notion's server. What its token can reach is for Notion to confine; here only verbs are told apart. */
import type { ServerPresets } from './preset.ts'

const paged = ['start_cursor? any', 'page_size? range 1..100']

/** `@notionhq/notion-mcp-server`. */
export const notionPresets: ServerPresets = {
  server: 'notion',
  origin: '@notionhq/notion-mcp-server',
  known: ['tools/API-post-search', 'tools/API-retrieve-a-page', 'tools/API-get-self'],
  readOnly: {
    'tools/API-get-user': ['user_id any'],
    'tools/API-get-users': paged,
    'tools/API-get-self': [],
    'tools/API-post-search': ['query? any', 'sort? any', 'filter? any', ...paged],
    'tools/API-get-block-children': ['block_id any', ...paged],
    'tools/API-retrieve-a-block': ['block_id any'],
    'tools/API-retrieve-a-page': ['page_id any', 'filter_properties? any'],
    'tools/API-retrieve-a-page-property': ['page_id any', 'property_id any', ...paged],
    'tools/API-retrieve-page-markdown': ['page_id any', 'include_transcript? in [true,false]'],
    'tools/API-retrieve-a-comment': ['block_id any', ...paged],
    'tools/API-query-data-source': [
      'data_source_id any',
      'filter_properties? any',
      'filter? any',
      'sorts? any',
      ...paged,
      'archived? in [true,false]',
      'in_trash? in [true,false]',
    ],
    'tools/API-retrieve-a-data-source': ['data_source_id any'],
    'tools/API-list-data-source-templates': ['data_source_id any', ...paged],
    'tools/API-retrieve-a-database': ['database_id any'],
  },
  readWrite: {
    'tools/API-post-page': ['parent any', 'properties any', 'children? any', 'icon? any', 'cover? any'],
    'tools/API-patch-page': [
      'page_id any',
      'properties? any',
      'in_trash? in [true,false]',
      'archived? in [true,false]',
      'icon? any',
      'cover? any',
    ],
    'tools/API-move-page': ['page_id any', 'parent any'],
    'tools/API-update-page-markdown': [
      'page_id any',
      'type any',
      'replace_content? any',
      'update_content? any',
      'insert_content? any',
      'replace_content_range? any',
    ],
    'tools/API-patch-block-children': ['block_id any', 'children any', 'after? any'],
    'tools/API-update-a-block': ['block_id any', 'type? any', 'archived? in [true,false]'],
    'tools/API-delete-a-block': ['block_id any'],
    'tools/API-create-a-comment': ['parent any', 'rich_text any'],
    'tools/API-create-a-data-source': ['parent any', 'properties any', 'title? any'],
    'tools/API-update-a-data-source': [
      'data_source_id any',
      'title? any',
      'description? any',
      'properties? any',
    ],
  },
  leftOut: {},
}
