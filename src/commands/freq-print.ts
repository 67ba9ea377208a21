/** `domainstats freq print`: a table to read: each first letter, and what follows it, most often first. */
import { builtInName, builtInTable, readTableFile } from '../freq/load.js'
import { printable } from '../output/json.js'
import { openStdout } from '../output/stdout.js'
import type { Io } from './io.js'

const quoted = (text: string): string => `"${printable(text)}"`

const row = (first: string, seconds: ReadonlyMap<string, number>): string => {
  const falling = [...seconds].sort(([, a], [, b]) => b - a)
  const sum = falling.reduce((all, [, count]) => all + count, 0)
  return `${quoted(first)} ${sum}: ${falling.map(([second, count]) => `${quoted(second)} ${count}`).join(', ')}`
}

/** @throws Error where the file cannot be read or is no table */
export const print = async ({ table }: { readonly table: string }, io: Io): Promise<void> => {
  const { ignoreCase, ignoreChars, pairs } =
    table === builtInName ? builtInTable().counts : await readTableFile(table)
  const stdout = openStdout(io.stdout, '-')
  const head = [`ignores case: ${ignoreCase ? 'yes' : 'no'}`, `ignored characters: ${quoted(ignoreChars)}`]
  const rows = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([first, seconds]) => row(first, seconds))
  for (const line of [...head, ...rows])
    if (!(await stdout.append(Buffer.from(`${line.trimEnd()}\n`), io.signal))) return
}
