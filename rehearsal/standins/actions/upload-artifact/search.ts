/** Finds the files to upload: folders, files and patterns, one a line, `!` takes away. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { toRegExp } from '../../glob.ts'

export interface Found {
  /** Absolute. */
  readonly files: readonly string[]
  /** What the artifact's paths are relative to. */
  readonly root: string
}

export function search(patterns: readonly string[], cwd: string, hidden: boolean): Found {
  const usable = patterns.filter((pattern) => !pattern.startsWith('#'))
  const wanted = usable.filter((pattern) => !pattern.startsWith('!')).map((pattern) => resolve(cwd, pattern))
  const unwanted = usable.filter((pattern) => pattern.startsWith('!')).map((line) => resolve(cwd, line.slice(1)))
  // A pattern also stands for everything below what it matches.
  const expressionOf = (pattern: string) => toRegExp(pattern, { below: true })
  const [keep, drop] = [wanted.map(expressionOf), unwanted.map(expressionOf)]
  const starts = [...new Set(wanted.map(fixedPart))]
  const files = new Set(
    starts
      .flatMap((start) => walk(start, hidden))
      .filter((file) => keep.some((pattern) => pattern.test(file)))
      .filter((file) => !drop.some((pattern) => pattern.test(file))),
  )
  return { files: [...files].sort(), root: rootOf(starts, [...files]) }
}

/** One file alone keeps no folders; one search path is the root itself; several have their common part. */
function rootOf(starts: readonly string[], files: readonly string[]): string {
  const [first = sep, ...others] = starts
  if (others.length > 0) return others.reduce(common, first)
  return files.length === 1 && files[0] === first ? dirname(first) : first
}

function common(one: string, other: string): string {
  const parts = other.split(sep)
  const differing = one.split(sep).findIndex((part, index) => part !== parts[index])
  return differing < 0 ? one : one.split(sep).slice(0, differing).join(sep) || sep
}

function fixedPart(pattern: string): string {
  const parts = pattern.split(sep)
  const first = parts.findIndex((part) => /[*?[]/.test(part))
  return first < 0 ? pattern : parts.slice(0, first).join(sep) || sep
}

/** A hidden file or folder is left out wherever the walk meets it, at its start too. */
function walk(path: string, hidden: boolean): readonly string[] {
  if (!existsSync(path) || (!hidden && basename(path).startsWith('.'))) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path).flatMap((entry) => walk(join(path, entry), hidden))
}
