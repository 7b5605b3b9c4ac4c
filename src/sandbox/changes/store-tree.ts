/**
 * What a copy-on-write store holds, as a tree: what was written, and the whiteouts that stand for what was
 * taken away. Only shapes are read here; contents are read when the tree is laid over the folder. The store
 * may be in use while it is read, so what goes away in between is simply not there.
 */
import { closeSync } from 'node:fs'
import type { Stats } from 'node:fs'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { changeLimits, under } from './change.ts'
import { namesIn, openFolderAt, statAt, systemReason } from './held-folder.ts'
import { hidingFolders } from './overlay-marks.ts'

/** One thing in the store. */
export interface StoreNode {
  readonly name: string
  readonly path: string
  /** Null for a name that cannot be read as text and so does not lead back to what it names. */
  readonly stats: Stats | null
  /** True for the mark that the name is gone. */
  readonly whiteout: boolean
  /** True for a folder that hides everything of the same path below it. */
  hides: boolean
  readonly children: StoreNode[]
  /** Why it cannot be looked into, or empty. */
  readonly unreadable: string
}

/** Reads the upper folder of a store at `upper`, held as `folder`. The error is a sentence. */
export async function readStoreTree(upper: string, folder: number): Promise<Result<StoreNode[], string>> {
  const walk: Walk = { nodes: [], tooMuch: '' }
  const children = childrenOf(folder, '', 1, walk)
  if (walk.tooMuch !== '') return err(walk.tooMuch)
  const marked = walk.nodes.filter(({ whiteout, stats }) => !whiteout && stats !== null)
  const hiding = await hidingFolders(
    upper,
    marked.map(({ path }) => path),
  )
  if (!hiding.ok) return hiding
  for (const node of marked) node.hides = hiding.value.has(node.path)
  return ok(children)
}

interface Walk {
  readonly nodes: StoreNode[]
  tooMuch: string
}

function childrenOf(folder: number, path: string, depth: number, walk: Walk): StoreNode[] {
  if (depth > changeLimits.depth) {
    walk.tooMuch = `there are changes more than ${changeLimits.depth} folders deep`
    return []
  }
  const nodes: StoreNode[] = []
  for (const name of namesIn(folder)) {
    if (walk.tooMuch !== '') break
    const node = nodeOf(folder, name, under(path, name))
    if (node === null) continue
    nodes.push(node)
    walk.nodes.push(node)
    if (walk.nodes.length > changeLimits.entries) {
      walk.tooMuch = `there are more than ${changeLimits.entries} changes`
    }
    if (node.stats?.isDirectory() === true && node.unreadable === '') {
      node.children.push(...childrenBelow(folder, node, depth, walk))
    }
  }
  return nodes
}

function childrenBelow(folder: number, node: StoreNode, depth: number, walk: Walk): StoreNode[] {
  const opened = tryOpen(folder, node.name)
  if (opened === null) return []
  try {
    return childrenOf(opened, node.path, depth + 1, walk)
  } finally {
    closeSync(opened)
  }
}

/** A name that is not UTF-8 was read with a replacement character in it and does not lead back to its file. */
const unreadableName = /\uFFFD/

function nodeOf(folder: number, name: string, path: string): StoreNode | null {
  const bare = { name, path, whiteout: false, hides: false, children: [], unreadable: '' }
  if (unreadableName.test(name))
    return { ...bare, stats: null, unreadable: 'its name cannot be read as text' }
  const stats = statAt(folder, name)
  if (stats === null) return null
  if (stats.isDirectory()) return { ...bare, stats, unreadable: refusalToOpen(folder, name) }
  return { ...bare, stats, whiteout: stats.isCharacterDevice() && stats.rdev === 0 }
}

function refusalToOpen(folder: number, name: string): string {
  try {
    closeSync(openFolderAt(folder, name))
    return ''
  } catch (problem) {
    return `it cannot be opened (${systemReason(problem)})`
  }
}

function tryOpen(folder: number, name: string): number | null {
  try {
    return openFolderAt(folder, name)
  } catch {
    return null
  }
}
