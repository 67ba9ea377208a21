/** Compares the counts of passive DNS with the questions whose records were written. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { pdnsReaderIn } from '../../store/pdns-reader.js'
import { answerTo, type Names } from './lines.js'
import type { Model } from './model.js'

/**
 * Messages about counts that are wrong; empty if all are right. Each question counts once, and so does its answer. A record
 * and these counts come by one transaction, so a question with a record has them. Its response may be missing if a line of
 * it was destroyed.
 */
export const passiveFaults = (data: string, model: Model, names: Names): readonly string[] => {
  const db = new Database(join(data, 'domainstats.sqlite'), { readonly: true })
  try {
    return faultsIn(pdnsReaderIn(db), model, names)
  } finally {
    db.close()
  }
}

const faultsIn = (
  pdns: ReturnType<typeof pdnsReaderIn>,
  model: Model,
  { nameOf }: Names,
): readonly string[] => {
  const faults: string[] = []
  const expect = (what: string, found: number, least: number, most: number): void => {
    if (found < least || found > most) faults.push(`${what}: ${found}, not ${least} to ${most}`)
  }
  /** By server: the answers that name it. */
  const answers = new Map<string, number>()
  for (const question of model.all) {
    const name = nameOf(question)
    const isReported = Number(model.isReported(question))
    const isWhole = Number(model.isWhole(question))
    expect(`questions n${question}`, pdns.name(name)?.questions ?? 0, isReported, isReported)
    const { edge } = answerTo(question)
    const [tuple, ...others] = pdns.ofName(name)
    const count = tuple?.count ?? 0
    expect(`answers n${question}`, count, Math.min(isReported, isWhole), isReported)
    expect(`other answers n${question}`, others.length, 0, 0)
    answers.set(edge, (answers.get(edge) ?? 0) + count)
  }
  for (const [edge, count] of answers) {
    const sum = pdns.ofName(edge).reduce((all, tuple) => all + tuple.count, 0)
    expect(`addresses of ${edge}`, sum, count, count)
  }
  return faults
}
