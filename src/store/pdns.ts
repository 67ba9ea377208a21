/** The tables of passive DNS: adds what a batch saw to the stored counts, in the transaction of the batch. */
import type { TagTable } from '../detect/tags.js'
import { responseKinds, type NameSeen, type Seen, type TupleSeen } from '../model/passive.js'
import { addressBytes } from '../names/address.js'
import { clientHashIn, withClients } from './client-sketch.js'
import type { Db } from './database.js'
import { pdnsSweepIn, rowsKey, type PdnsBounds, type Swept } from './pdns-sweep.js'
import { rdataKey, reversed } from './rdata-keys.js'

/** First and last time in whole ms, the last one as its distance from the first. */
const spanOf = ({ first, last }: Seen): readonly [first: number, lasted: number] => {
  const from = Math.floor(first)
  return [from, Math.floor(last) - from]
}

/** SQL that widens the stored time span by the one in the parameters `@first` and `@lasted`. */
const widened = `first_seen = min(coalesce(first_seen, @first), @first),
  lasted = max(coalesce(first_seen + lasted, 0), @first + @lasted) - min(coalesce(first_seen, @first), @first)`

/** Numbers of names and sensors, which are added when they are new. */
const numbersIn = (db: Db) => {
  const find = db.prepare<[string], number>('SELECT name FROM pdns_labels WHERE labels = ?').pluck()
  const add = db.prepare<[string]>(
    'INSERT INTO pdns_names VALUES (NULL, ?, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, NULL)',
  )
  const addLabels = db.prepare<[string, number]>('INSERT INTO pdns_labels VALUES (?, ?)')
  const findSensor = db.prepare<[string], number>('SELECT sensor FROM pdns_sensors WHERE label = ?').pluck()
  const addSensor = db.prepare<[string]>('INSERT INTO pdns_sensors VALUES (NULL, ?)')
  return {
    ofName: (rrname: string): readonly [name: number, isNew: boolean] => {
      const labels = reversed(rrname)
      const known = find.get(labels)
      if (known !== undefined) return [known, false]
      const number = Number(add.run(rrname).lastInsertRowid)
      addLabels.run(labels, number)
      return [number, true]
    },
    ofSensor: (label: string): number =>
      findSensor.get(label) ?? Number(addSensor.run(label).lastInsertRowid),
  }
}

/** Returns a function that adds a tuple of a name. It returns true for one that is new. */
const tuplesIn = (db: Db) => {
  const update = db.prepare<[Record<string, unknown>]>(
    `UPDATE pdns_tuples SET
       ttl_last = CASE WHEN @first + @lasted >= first_seen + lasted THEN coalesce(@ttlLast, ttl_last) ELSE ttl_last END,
       ttl_min = min(coalesce(ttl_min, @ttlMin), coalesce(@ttlMin, ttl_min)),
       ttl_range = max(coalesce(ttl_min + ttl_range, @ttlMax), coalesce(@ttlMax, ttl_min + ttl_range))
         - min(coalesce(ttl_min, @ttlMin), coalesce(@ttlMin, ttl_min)),
       sensor = CASE WHEN @first < first_seen THEN @sensor ELSE sensor END,
       count = count + @count, ${widened}
     WHERE name = @name AND rrtype = @rrtype AND rdata = @rdata`,
  )
  const insert = db.prepare<[Record<string, unknown>]>(
    `INSERT INTO pdns_tuples
     VALUES (@name, @rrtype, @rdata, @count, @first, @lasted, @ttlMin, @ttlMax - @ttlMin, @ttlLast, @sensor)`,
  )
  return (name: number, tuple: TupleSeen, sensor: number): boolean => {
    const { rrtype, rdata, count, ttlMin = null, ttlMax = null, ttlLast = null } = tuple
    const [first, lasted] = spanOf(tuple)
    const row = {
      ...{ name, rrtype, rdata: rdataKey(rrtype, rdata), count, first, lasted },
      ...{ ttlMin, ttlMax, ttlLast, sensor },
    }
    if (update.run(row).changes > 0) return false
    insert.run(row)
    return true
  }
}

/** Returns a function that adds the questions for a name. @param salt of the hashes of clients */
const questionsIn = (db: Db, salt: string) => {
  const hash = clientHashIn(salt)
  const sketch = db.prepare<[number], Buffer | null>('SELECT clients FROM pdns_names WHERE name = ?').pluck()
  const counted = responseKinds.map(kind => `${kind} = ${kind} + @${kind}`).join(', ')
  const end = db.prepare<[Record<string, unknown>]>(`UPDATE pdns_names SET ${counted} WHERE name = @name`)
  const ask = db.prepare<[Record<string, unknown>]>(
    `UPDATE pdns_names SET questions = questions + @count, clients = @clients, ${widened} WHERE name = @name`,
  )
  const askBy = db.prepare<[Record<string, unknown>]>(
    `INSERT INTO pdns_clients VALUES (@name, @client, @count, @first, @lasted)
     ON CONFLICT DO UPDATE SET count = count + @count, ${widened}`,
  )
  return (name: number, { questions, responses, clients }: NameSeen): void => {
    if (questions) {
      const [first, lasted] = spanOf(questions)
      const all = withClients(sketch.get(name) ?? null, Array.from(clients.keys(), hash))
      ask.run({ name, count: questions.count, first, lasted, clients: all })
    }
    if (responses.size > 0)
      end.run({ name, ...Object.fromEntries(responseKinds.map(kind => [kind, responses.get(kind) ?? 0])) })
    for (const [client, seen] of clients) {
      const [first, lasted] = spanOf(seen)
      askBy.run({ name, client: addressBytes(client) ?? client, count: seen.count, first, lasted })
    }
  }
}

export interface PdnsOptions extends PdnsBounds {
  /** Of the store, as hex: clients are hashed with it. */
  readonly salt: string
}

/** @param tags the tags of the transaction */
export const pdnsIn = (db: Db, options: PdnsOptions, tags?: () => TagTable) => {
  const numbers = numbersIn(db)
  const addTuple = tuplesIn(db)
  const addQuestions = questionsIn(db, options.salt)
  const sweep = pdnsSweepIn(db, options, tags)
  const countRows = db.prepare<[number]>(
    `UPDATE meta SET value = CAST(value AS INTEGER) + ? WHERE key = '${rowsKey}'`,
  )
  return {
    /**
     * Adds what was seen, and sweeps some names. Call it inside a transaction.
     *
     * @returns what was dropped because there are too many
     */
    add: (names: Iterable<NameSeen>): Swept => {
      let added = 0
      let latest = 0
      for (const seen of names) {
        const [name, isNew] = numbers.ofName(seen.rrname)
        if (isNew) added += 1
        addQuestions(name, seen)
        latest = Math.max(latest, seen.questions?.last ?? 0)
        for (const tuple of seen.tuples) {
          if (addTuple(name, tuple, numbers.ofSensor(tuple.sensor ?? ''))) added += 1
          latest = Math.max(latest, tuple.last)
        }
      }
      if (added > 0) countRows.run(added)
      return sweep.step(latest)
    },
  }
}
