/**
 * The table `queue`: registrables that wait for their look-up. Each row belongs to an output, like the pending records.
 */
import { queueKeptPart } from '../limits.js'
import type { Db } from './database.js'

/** A registrable to be looked up. */
export interface LookupRequest {
  readonly registrable: string
  /** The server that will be asked; it may change. */
  readonly server: string
  /** A freq score in units of its threshold. Lower ones are looked up sooner. */
  readonly suspicion: number
  /** Epoch ms of the latest request. */
  readonly asked: number
  /** Epoch ms before which it must not be looked up; 0: now. */
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
  // One step along the index for each server (a loose index scan).
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
  // Lists all outputs, so that SQLite finds the rows by the key.
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

/** @param output its number: see meta.ts */
export const queueIn = (db: Db, output: number, queueMax: number) => {
  const sql = statementsOf(db)
  const counted = (): number => sql.count.get(output)?.count ?? 0
  /** An upper bound: counting the rows for each batch would take longer than the batch. */
  let atMost = counted()
  /** With more rows than this, `cut` looks for names to drop. */
  let cutFrom = queueMax
  return {
    put: (request: LookupRequest): void => {
      sql.put.run({ ...request, output })
      atMost += 1
    },
    drop: (registrable: string) => void sql.drop.run(output, registrable),
    /** The servers of which names may be looked up now. */
    servers: (): string[] => sql.servers.all({ output }).map(row => row.server),
    /** The registrables that may be looked up at a server now, the most suspicious first. */
    ready: (server: string, limit: number): string[] =>
      sql.ready.all(output, server, limit).map(row => row.registrable),
    /** Makes up to `most` registrables due whose `notBefore` has passed (`now`: epoch ms). */
    becomeDue: (now: number, most: number) => void sql.becomeDue.run({ output, now, most }),
    /** Makes a registrable due in the queues of all outputs, also those of other processes. */
    release: (registrable: string) => void sql.release.run(registrable),
    /** Epoch ms at which the next registrable becomes due. */
    nextLater: (): number | undefined => sql.next.get(output)?.at ?? undefined,
    /** Assigns a registrable to another server. */
    move: (registrable: string, server: string) => void sql.move.run(server, output, registrable),
    count: counted,
    /**
     * Drops the least suspicious registrables beyond queueMax, but none for which a follow-up is due: its record was
     * written already. Returns the dropped ones.
     */
    cut: (): string[] => {
      if (atMost <= cutFrom) return []
      atMost = counted()
      if (atMost <= cutFrom) return []
      const most = atMost - Math.floor(queueMax * queueKeptPart)
      const gone = sql.cut.all({ output, most }).map(row => row.registrable)
      atMost -= gone.length
      // If follow-ups alone fill the queue, do not search it again for each batch.
      cutFrom = Math.max(queueMax, Math.ceil(atMost / queueKeptPart))
      return gone
    },
    /** Takes over the rows of all other outputs. */
    adopt: (): void => {
      for (const range of sql.adopt) range.run({ output })
      atMost = counted()
    },
  }
}
