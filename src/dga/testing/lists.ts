/** The lists that the built-in model is trained on. They are in bench/lists, whose README says where they are from. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readWords } from '../../freq/testing/lists.js'

/** SHA-256 by file: with other lists the model would be another one. */
const files = {
  'opendns-top-domains.txt': 'aba7a11689d0d46c927f012952af795c85d735b39831dea32236eb22b2fb4044',
  'opendns-random-domains.txt': 'aa99becc109cb5a0381546d15b2e7af5f7b60719de1fac14cd459570b0173c15',
}

/** What a model is trained on. */
export interface TrainingLists {
  /** Domains that people chose. */
  readonly domains: readonly string[]
  /** English words. */
  readonly words: readonly string[]
}

/** @param root of the checkout @throws Error that names a list which is missing or is not the one that is meant */
export const readTrainingLists = async (root: string): Promise<TrainingLists> => {
  const domains: string[] = []
  for (const [file, sha256] of Object.entries(files)) {
    const path = join(root, 'bench', 'lists', file)
    const text = await readFile(path)
    const found = createHash('sha256').update(text).digest('hex')
    if (found !== sha256) throw new Error(`${path}: its SHA-256 is ${found}, not ${sha256}`)
    domains.push(...namesIn(text.toString('utf8')))
  }
  return { domains, words: await readWords() }
}

/** The names of a list: the first column of each line, as in a file of names or a TSV file. */
export const namesIn = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.split(/[\s,]/, 1)[0]?.toLowerCase() ?? '')
    .filter(name => name.includes('.'))
