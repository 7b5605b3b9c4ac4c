/**
 * Presets for MongoDB's server. Connecting somewhere else is in none of them: start the server with its
 * connection. A pipeline can write (`$out`, `$merge`), so aggregating counts as writing.
 */
import type { ServerPresets } from './preset.ts'

const database = ['connectionId any', 'database any']
const collection = [...database, 'collection any']
const bytes = 'responseBytesLimit? range 1..'

/** `mongodb-mcp-server`. */
export const mongodbPresets: ServerPresets = {
  server: 'mongodb',
  origin: 'mongodb-mcp-server',
  known: ['tools/find', 'tools/collection-schema', 'tools/list-databases'],
  readOnly: {
    'tools/list-connections': [],
    'tools/list-databases': ['connectionId any'],
    'tools/list-collections': database,
    'tools/db-stats': database,
    'tools/collection-schema': [...collection, 'sampleSize? range 1..', bytes],
    'tools/collection-indexes': collection,
    'tools/collection-storage-size': collection,
    'tools/count': [...collection, 'query? any'],
    'tools/find': [...collection, 'filter? any', 'projection? any', 'limit? range 1..', 'sort? any', bytes],
    'tools/list-knowledge-sources': [],
  },
  readWrite: {
    'tools/aggregate': [...collection, 'pipeline any', bytes],
    'tools/aggregate-db': [...database, 'pipeline any', bytes],
    'tools/insert-many': [...collection, 'documents any'],
    'tools/update-many': [...collection, 'filter? any', 'update any', 'upsert? in [true,false]'],
    'tools/delete-many': [...collection, 'filter? any'],
    'tools/create-collection': collection,
    'tools/create-index': [...collection, 'name? any', 'definition any'],
    'tools/rename-collection': [...collection, 'newName any', 'dropTarget? in [true,false]'],
    'tools/drop-index': [...collection, 'indexName any', 'type any'],
    'tools/drop-collection': collection,
  },
  leftOut: {
    'tools/connect': 'it opens a connection to any address',
    'tools/disconnect': 'nothing else could be connected again',
    'tools/drop-database': 'it takes everything at once',
    'tools/export': 'it writes files',
    'tools/explain': 'its method may hold a pipeline',
    'tools/mongodb-logs': 'logs hold what others asked',
    'tools/search-knowledge': 'it sends the question to a service outside',
  },
}
