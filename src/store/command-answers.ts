/**
 * The table `command_answers`: what programs said about values, bounded by number and bytes. Those that were asked for
 * longest ago are dropped first, but none that is kept for ever. An answer belongs to the declaration of its command: when
 * that has changed, it is none.
 */
import { commandAnswersBytesMax, commandAnswersMax } from '../limits.js'
import type { Db } from './database.js'
import { rowCountIn } from './meta.js'

export interface CommandAnswerKey {
  readonly command: string
  /** In its canonical text. */
  readonly value: string
}

export interface NewCommandAnswer extends CommandAnswerKey {
  /** A digest of what the command was when it was asked. */
  readonly declared: string
  /** Epoch ms. */
  readonly at: number
  /** Epoch ms; undefined: it does not expire. */
  readonly expires: number | undefined
  /** Whether it is kept though there is no room. */
  readonly permanent: boolean
  /** JSON. */
  readonly answer: string
}

export interface KeptCommandAnswer {
  readonly row: number
  readonly at: number
  readonly answer: string
}

export interface ListedCommandAnswer extends Omit<NewCommandAnswer, 'declared' | 'command'> {
  /** Epoch ms of the last question. */
  readonly used: number
  /** How often it was given from the cache. */
  readonly hits: number
  readonly bytes: number
}

/** What the answers of a command are listed by. */
export const commandAnswerSorts = ['key', 'age', 'count', 'data'] as const
export type CommandAnswerSort = (typeof commandAnswerSorts)[number]

export interface CommandAnswerBounds {
  readonly answersMax: number
  readonly bytesMax: number
}

const bounds: CommandAnswerBounds = { answersMax: commandAnswersMax, bytesMax: commandAnswersBytesMax }

interface Row extends Omit<ListedCommandAnswer, 'expires' | 'permanent'> {
  readonly expires: number | null
  readonly permanent: number
}

/** The oldest first, but the most asked for first. */
const orders: Readonly<Record<CommandAnswerSort, string>> = {
  key: 'value',
  age: 'at, value',
  count: 'hits DESC, value',
  data: 'answer, value',
}

type Sums = Readonly<Record<'answers' | 'bytes' | 'hits', number>>

const reading = (db: Db) => {
  const get = db.prepare<[string, string, string, number], KeptCommandAnswer>(
    `SELECT row, at, answer FROM command_answers
     WHERE command = ? AND value = ? AND declared = ? AND (expires IS NULL OR expires > ?)`,
  )
  const sums = db.prepare<[string], Sums>(
    `SELECT count(*) AS answers, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(hits), 0) AS hits
     FROM command_answers WHERE command = ?`,
  )
  return {
    /** The answer, if it is still valid. @param now epoch ms */
    get: ({ command, value }: CommandAnswerKey, declared: string, now: number) =>
      get.get(command, value, declared, now),
    /** How much of a command is kept, with what has expired and was not dropped yet. */
    sums: (command: string): Sums => sums.get(command) ?? { answers: 0, bytes: 0, hits: 0 },
    /** The answers of a command. The connection is busy until the last one is taken. */
    list: function* (
      command: string,
      sort: CommandAnswerSort,
      { offset, limit }: { readonly offset: number; readonly limit: number },
    ): Generator<ListedCommandAnswer, void> {
      const rows = db.prepare<[string, number, number], Row>(
        `SELECT value, at, expires, permanent, used, hits, bytes, answer FROM command_answers
         WHERE command = ? ORDER BY ${orders[sort]} LIMIT ? OFFSET ?`,
      )
      for (const row of rows.iterate(command, limit, offset))
        yield { ...row, expires: row.expires ?? undefined, permanent: row.permanent === 1 }
    },
  }
}

const writing = (db: Db, { answersMax, bytesMax }: CommandAnswerBounds) => {
  const count = rowCountIn(db, 'command_answers')
  const bytes = rowCountIn(db, 'command_answer_bytes')
  const dropping = (where: string) =>
    db
      .prepare<(string | number)[], number>(`DELETE FROM command_answers WHERE ${where} RETURNING bytes`)
      .pluck()
  const same = dropping('command = ? AND value = ?')
  const expired = dropping('expires <= ?')
  const leastUsed = dropping(
    'row = (SELECT row FROM command_answers WHERE permanent = 0 ORDER BY used, row LIMIT 1)',
  )
  const add = db.prepare<[string, string, string, number, number | null, number, number, number, string]>(
    `INSERT INTO command_answers (command, value, declared, at, expires, permanent, used, bytes, answer)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const has = db.prepare<[string, string]>('SELECT 1 FROM command_answers WHERE command = ? AND value = ?')
  const hit = db.prepare<[number, number, number]>(
    'UPDATE command_answers SET hits = hits + ?, used = max(used, ?) WHERE row = ?',
  )
  /** Returns how many there were. */
  const drop = (statement: typeof same, ...of: (string | number)[]): number => {
    const dropped = statement.all(...of)
    if (dropped.length === 0) return 0
    count.add(-dropped.length)
    bytes.add(-dropped.reduce((sum, one) => sum + one, 0))
    return dropped.length
  }
  const isFull = (): boolean => count.get() > answersMax || bytes.get() > bytesMax

  const put = ({ command, value, declared, at, expires, permanent, answer }: NewCommandAnswer): boolean => {
    const size = Buffer.byteLength(value) + Buffer.byteLength(answer)
    drop(same, command, value)
    drop(expired, at)
    add.run(command, value, declared, at, expires ?? null, permanent ? 1 : 0, at, size, answer)
    count.add(1)
    bytes.add(size)
    while (isFull() && drop(leastUsed) > 0);
    // All others are kept for ever: the new one gives way.
    if (isFull()) drop(same, command, value)
    return has.get(command, value) !== undefined
  }
  const addHits = (hits: Iterable<readonly [row: number, count: number, used: number]>): void => {
    for (const [row, many, used] of hits) hit.run(many, used, row)
  }
  const [putAll, hitAll, dropAll] = [db.transaction(put), db.transaction(addHits), db.transaction(drop)]
  return {
    /**
     * Keeps an answer in place of the former one, and drops what there is no room for.
     *
     * @returns false if there is no room even so
     * @throws SqliteError for a full disk or a lock of another process; nothing has changed then
     */
    put: (answer: NewCommandAnswer): boolean => putAll.immediate(answer),
    /** Counts answers that were given from the cache. @throws as put */
    addHits: (hits: Iterable<readonly [row: number, count: number, used: number]>): void =>
      hitAll.immediate(hits),
    /** Returns false if there was none. @throws as put */
    remove: ({ command, value }: CommandAnswerKey): boolean => dropAll.immediate(same, command, value) > 0,
  }
}

export type CommandAnswers = ReturnType<typeof commandAnswersIn>

/** @param within for tests: lower bounds */
export const commandAnswersIn = (db: Db, within: CommandAnswerBounds = bounds) => ({
  ...reading(db),
  ...writing(db, within),
})
