/** The cursor of each sink, and the outbox of the sinks (the lines of the last commit): see output/sinks. */
import type { SegmentPosition, SinkOutbox } from '../model/segment.js'
import type { Db } from './database.js'

interface Row {
  readonly name: string
  readonly segment: number
  readonly offset: number
}

export const sinksIn = (db: Db) => {
  const get = db.prepare<[], SinkOutbox>('SELECT segment, read_bytes AS offset, lines FROM sink_outbox')
  const put = db.prepare<[SinkOutbox]>(
    'INSERT OR REPLACE INTO sink_outbox VALUES (1, @segment, @offset, @lines)',
  )
  const clear = db.prepare<[]>('DELETE FROM sink_outbox')
  const all = db.prepare<[], Row>('SELECT name, segment, read_bytes AS offset FROM sinks')
  const add = db.prepare<[Row]>('INSERT INTO sinks VALUES (@name, @segment, @offset)')
  const move = db.prepare<[Row]>(
    'UPDATE sinks SET segment = @segment, read_bytes = @offset WHERE name = @name',
  )
  const drop = db.prepare<[string]>('DELETE FROM sinks WHERE name = ?')
  return {
    outbox: (): SinkOutbox | undefined => get.get(),
    putOutbox: (outbox: SinkOutbox) => void put.run(outbox),
    move: (name: string, cursor: SegmentPosition) => void move.run({ name, ...cursor }),
    /** Sets the list of sinks: a new one starts at `end`, others are deleted. Returns their cursors. */
    begin: (names: readonly string[], end: SegmentPosition): ReadonlyMap<string, SegmentPosition> =>
      db
        .transaction(() => {
          const known = new Map(all.all().map(({ name, segment, offset }) => [name, { segment, offset }]))
          for (const name of known.keys()) if (!names.includes(name)) drop.run(name)
          for (const name of names) if (!known.has(name)) add.run({ name, ...end })
          return new Map(names.map(name => [name, known.get(name) ?? end]))
        })
        .immediate(),
    /** Whether the last `run` had sinks. */
    some: (): boolean => all.all().length > 0,
    /** Deletes all sinks. */
    end: (): void =>
      db
        .transaction(() => {
          for (const { name } of all.all()) drop.run(name)
          clear.run()
        })
        .immediate(),
  }
}
