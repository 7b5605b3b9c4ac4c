/**
 * Presets for the Chrome DevTools server. Looking at pages is read-only; going anywhere or touching a page
 * acts in the world. Arguments that write files or bring scripts along are not in them.
 */
import type { ServerPresets } from './preset.ts'

const page = 'pageId? any'
const snapshot = 'includeSnapshot? in [true,false]'
const paged = ['pageSize? range 1..', 'pageIdx? range 0..']

/** `chrome-devtools-mcp`. */
export const chromeDevtoolsPresets: ServerPresets = {
  server: 'chrome-devtools',
  origin: 'chrome-devtools-mcp',
  known: ['tools/list_pages', 'tools/take_snapshot', 'tools/list_console_messages'],
  readOnly: {
    'tools/list_pages': [],
    'tools/take_snapshot': [page, 'verbose? in [true,false]'],
    'tools/take_screenshot': [
      page,
      'format? any',
      'quality? range 0..100',
      'uid? any',
      'fullPage? in [true,false]',
    ],
    'tools/list_console_messages': [
      page,
      ...paged,
      'types? any',
      'includePreservedMessages? in [true,false]',
      'includeStackTraces? in [true,false]',
      'serviceWorkerId? any',
    ],
    'tools/get_console_message': [page, 'msgid any'],
    'tools/list_network_requests': [
      page,
      ...paged,
      'resourceTypes? any',
      'includePreservedRequests? in [true,false]',
    ],
    'tools/get_network_request': [page, 'reqid? any'],
    'tools/get_css_styles': [page, 'uid any', ...paged],
    'tools/performance_analyze_insight': [page, 'insightSetId any', 'insightName any'],
    'tools/wait_for': [page, 'text any', 'timeout? range 0..'],
  },
  readWrite: {
    'tools/new_page': [
      'url any',
      'background? in [true,false]',
      'isolatedContext? any',
      'timeout? range 0..',
    ],
    'tools/select_page': [page, 'bringToFront? in [true,false]'],
    'tools/close_page': [page],
    'tools/navigate_page': [
      page,
      'type? any',
      'url? any',
      'ignoreCache? in [true,false]',
      'handleBeforeUnload? any',
      'timeout? range 0..',
    ],
    'tools/click': [page, 'uid any', 'dblClick? in [true,false]', snapshot],
    'tools/drag': [page, 'from_uid any', 'to_uid any', snapshot],
    'tools/fill': [page, 'uid any', 'value any', snapshot],
    'tools/fill_form': [page, 'elements any', snapshot],
    'tools/hover': [page, 'uid any', snapshot],
    'tools/press_key': [page, 'key any', snapshot],
    'tools/type_text': [page, 'text any', 'submitKey? any'],
    'tools/handle_dialog': [page, 'action any', 'promptText? any'],
    'tools/resize_page': [page, 'width range 1..', 'height range 1..'],
    'tools/upload_file': [page, 'uid any', 'filePaths every within /$ROOT', snapshot],
  },
  leftOut: {
    'tools/evaluate_script': 'it runs any script in the page',
    'tools/emulate': 'it can add headers to every request',
    'tools/take_heapsnapshot': 'it writes files',
    'tools/lighthouse_audit': 'it writes files',
    'tools/performance_start_trace': 'it writes files',
    'tools/performance_stop_trace': 'it writes files',
    'tools/screencast_start': 'it writes files',
    'tools/screencast_stop': 'it writes files',
  },
}
