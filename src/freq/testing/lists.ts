/** Reads the lists of names for training and comparing tables; see ../../../../shared/data/README.md, section 5. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import wordListPath from 'word-list'

/** A name made by a domain generation algorithm, and the kind of algorithm. */
export interface DgaName {
  readonly kind: string
  readonly name: string
}

/** The names of a comparison; no benign one is in the training data. */
export interface Names {
  readonly benign: readonly string[]
  readonly dga: readonly DgaName[]
}

/** @param dir the folder of the shared test data */
export const readNames = async (dir: string): Promise<Names> => {
  const rows = await readRows(join(dir, 'benign', 'benign.tsv'), ['domain', 'source'])
  const trained = new Set(trainingPart(rows))
  const benign = rows.map(([domain]) => domain ?? '').filter(domain => !trained.has(domain))
  const dga = await readRows(join(dir, 'dga', 'dga.tsv'), ['domain', 'kind'])
  return { benign, dga: dga.map(([name, kind]) => ({ name: name ?? '', kind: kind ?? '' })) }
}

/** The domains of benign.tsv that are in the public domain: the built-in table is trained on them. */
export const readTrainingDomains = async (benignTsv: string): Promise<string[]> =>
  trainingPart(await readRows(benignTsv, ['domain', 'source']))

/** English words. */
export const readWords = async (): Promise<string[]> => (await readFile(wordListPath, 'utf8')).split('\n')

const trainingPart = (rows: readonly string[][]): string[] =>
  rows.filter(([, source]) => source?.startsWith('opendns')).map(([domain]) => domain ?? '')

/** The rows of a TSV file with a header, reduced to the columns asked for. */
export const readRows = async (path: string, columns: readonly string[]): Promise<string[][]> => {
  const [header, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const names = header?.split('\t') ?? []
  const picks = columns.map(column => names.indexOf(column))
  if (picks.includes(-1)) throw new Error(`${path}: no columns ${columns.join(' and ')} in its header`)
  return lines.map(line => {
    const cells = line.split('\t')
    return picks.map(pick => cells[pick] ?? '')
  })
}
