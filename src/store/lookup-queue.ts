/**
 * The queue of look-ups: registrables that wait for their registry. It belongs to one output, like the records that
 * wait for the answers.
 */
import { queueKeptPart } from '../limits.js'
import type { Db } from './database.js'

/** A registrable to be looked up. */
export interface LookupRequest {
  readonly registrable: string
  /** The server that will be asked, as far as is known now. */
  readonly server: string
  /** The lower the sooner: a freq score in units of its threshold. */
  readonly suspicion: number
  /** Epoch ms: when it was asked for. */
  readonly asked: number
  /** Epoch ms before which it must not be asked; 0 for at once. */
  readonly notBefore: number
}

const statementsOf = (db: Db) => ({
  put: db.prepare<[LookupRequest & { output: number }]>(
    `INSERT INTO queue VALUES (@output, @registrable, @server, @suspicion, @asked, @notBefore)
     ON CONFLICT (output, registrable) DO UPDATE SET
       server = excluded.server, suspicion = min(suspicion, excluded.suspicion), asked = max(asked, excluded.asked),
       not_before = max(not_before, excluded.not_before)`,
  ),
  drop: db.prepare<[number, string]>('DELETE FROM queue WHERE output = ? AND registrable = ?'),
  // One step a server along the index, however many names there are of each.
  servers: db.prepare<[{ output: number }], { server: string }>(
    `WITH RECURSIVE step (server) AS (
       SELECT min(server) FROM queue WHERE output = @output AND not_before = 0
       UNION ALL
       SELECT (SELECT min(server) FROM queue WHERE output = @output AND not_before = 0 AND server > step.server)
       FROM step WHERE server IS NOT NULL)
     SELECT server FROM step WHERE server IS NOT NULL`,
  ),
  ready: db.prepare<[number, string, number], { registrable: string }>(
    `SELECT registrable FROM queue WHERE output = ? AND server = ? AND not_before = 0
     ORDER BY suspicion, asked DESC LIMIT ?`,
  ),
  becomeDue: db.prepare<[{ output: number; now: number; most: number }]>(
    `UPDATE queue SET not_before = 0 WHERE output = @output AND registrable IN (
       SELECT registrable FROM queue WHERE output = @output AND not_before > 0 AND not_before <= @now
       ORDER BY not_before LIMIT @most)`,
  ),
  // Named by all outputs there are, so that the key finds the rows.
  release: db.prepare<[string]>(
    `UPDATE queue SET not_before = 0
     WHERE output IN (SELECT output FROM outputs) AND registrable = ? AND not_before > 0`,
  ),
  next: db.prepare<[number], { at: number | null }>(
    'SELECT min(not_before) AS at FROM queue WHERE output = ? AND not_before > 0',
  ),
  move: db.prepare<[string, number, string]>(
    'UPDATE queue SET server = ? WHERE output = ? AND registrable = ?',
  ),
  count: db.prepare<[number], { count: number }>('SELECT count(*) AS count FROM queue WHERE output = ?'),
  cut: db.prepare<[{ output: number; most: number }], { registrable: string }>(
    `DELETE FROM queue WHERE output = @output AND registrable IN (
       SELECT registrable FROM queue AS waiting WHERE output = @output AND NOT EXISTS (
         SELECT 1 FROM held WHERE output = @output AND registrable = waiting.registrable AND state = 'owed')
       ORDER BY suspicion DESC, asked LIMIT @most)
     RETURNING registrable`,
  ),
  adopt: ['<', '>'].map(than =>
    db.prepare<[{ output: number }]>(
      `UPDATE OR REPLACE queue SET output = @output WHERE output ${than} @output`,
    ),
  ),
})

/** @param output its number: see outputs.ts */
export const queueIn = (db: Db, output: number, queueMax: number) => {
  const sql = statementsOf(db)
  const counted = (): number => sql.count.get(output)?.count ?? 0
  /** Never less than there are: counting all of them for each batch would take longer than the batch. */
  let atMost = counted()
  /** From how many on it is looked for names that may go. */
  let cutFrom = queueMax
  return {
    put: (request: LookupRequest): void => {
      sql.put.run({ ...request, output })
      atMost += 1
    },
    drop: (registrable: string) => void sql.drop.run(output, registrable),
    /** The servers for which names may be asked now. */
    servers: (): string[] => sql.servers.all({ output }).map(row => row.server),
    /** The registrables that may be asked of a server now, the most suspicious first. */
    ready: (server: string, limit: number): string[] =>
      sql.ready.all(output, server, limit).map(row => row.registrable),
    /** Lets those be asked whose time has come by now (epoch ms), at most so many. */
    becomeDue: (now: number, most: number) => void sql.becomeDue.run({ output, now, most }),
    /** Lets a registrable be asked now, for whatever output it waits: also for those of other processes. */
    release: (registrable: string) => void sql.release.run(registrable),
    /** Epoch ms at which the next one that has to wait may be asked. */
    nextLater: (): number | undefined => sql.next.get(output)?.at ?? undefined,
    /** Another server will be asked. */
    move: (registrable: string, server: string) => void sql.move.run(server, output, registrable),
    count: counted,
    /**
     * Where there are more than queueMax, the least suspicious fall out; never one whose follow-up is due, since a
     * record has promised it. Gives those that fell out.
     */
    cut: (): string[] => {
      if (atMost <= cutFrom) return []
      atMost = counted()
      if (atMost <= cutFrom) return []
      const most = atMost - Math.floor(queueMax * queueKeptPart)
      const gone = sql.cut.all({ output, most }).map(row => row.registrable)
      atMost -= gone.length
      // Where follow-ups alone fill it, they are not searched through again for each batch.
      cutFrom = Math.max(queueMax, Math.ceil(atMost / queueKeptPart))
      return gone
    },
    /** Takes over what waits for other outputs. */
    adopt: (): void => {
      for (const range of sql.adopt) range.run({ output })
      atMost = counted()
    },
  }
}
