/** The tables, as migrations in order. Never edit a released migration, not even its comments; append a new one. */
import { randomUUID } from 'node:crypto'
import type Database from 'better-sqlite3'
import { releaseMax } from '../limits.js'
import { suffixesOf } from '../names/hostname.js'
import { saltKey, windowsIn, type WrittenName } from './name-windows.js'

/*
 * The migration that moves the time when each name was written last from a table of its own to the row of its domain. See
 * name-windows.ts.
 */

type Db = Database.Database

/** Names of one domain that are moved, the latest: a popular domain may have very many. */
const namesMax = 10_000

export const namesToDomains = (db: Db): void => {
  db.exec(
    `ALTER TABLE domains ADD COLUMN written TEXT; INSERT INTO meta VALUES ('${saltKey}', hex(randomblob(8)))`,
  )
  moveNames(db)
  db.exec('DROP TABLE windows')
}

/** The latest names come last. Finds the domain of a name among its parents, since the suffix list may have changed. */
const moveNames = (db: Db): void => {
  const salt = db.prepare<[], string>(`SELECT value FROM meta WHERE key = '${saltKey}'`).pluck().get()
  const { after } = windowsIn(salt ?? '')
  const namesOf = db
    .prepare<[string], string>(
      `SELECT coalesce(written, '') FROM domains WHERE domain = ? AND window_from IS NOT NULL`,
    )
    .pluck()
  const put = db.prepare<[string, string]>('UPDATE domains SET written = ? WHERE domain = ?')
  for (const page of oldNames(db)) {
    const byDomain = new Map<string, WrittenName[]>()
    for (const { name, ts } of page) {
      const domain = [...suffixesOf(name)].find(suffix => namesOf.get(suffix) !== undefined)
      if (domain === undefined) continue
      const names = byDomain.get(domain) ?? []
      byDomain.set(domain, names)
      names.push({ name, ts: Math.floor(ts) })
    }
    for (const [domain, names] of byDomain) put.run(after(namesOf.get(domain) ?? '', names, namesMax), domain)
  }
}

interface Old {
  readonly seq: number
  readonly name: string
  readonly ts: number
}

/** In pages, the oldest first. */
function* oldNames(db: Db): Generator<readonly Old[], void> {
  const page = db.prepare<[number, number], Old>('SELECT * FROM windows WHERE seq > ? ORDER BY seq LIMIT ?')
  for (let last = -1; ;) {
    const rows = page.all(last, releaseMax)
    const end = rows.at(-1)
    if (!end) return
    yield rows
    last = end.seq
  }
}

/*
 * The migration to rows in order of arrival. Before, the place of a row followed from its name: a batch of new domains
 * wrote to almost as many pages as it had domains.
 */

const arrivals = `
  -- One row a name, in order of arrival: new rows fill few pages, and domains that are often asked for stand together.
  -- Sightings of the domain and, where the name is a registrable, what its registry said.
  -- Times are epoch ms. registered is the date told last, also where kind is another one by now. first_seen is NULL for a
  -- name that was looked up or imported and never contacted. written: see name-windows.ts.
  CREATE TABLE arrivals (
    row INTEGER PRIMARY KEY, domain TEXT NOT NULL,
    first_seen REAL, last_seen REAL, queries INTEGER NOT NULL,
    window_from REAL, window_names INTEGER NOT NULL, written TEXT,
    kind TEXT, reason TEXT, registered REAL, expires REAL, source TEXT,
    checked REAL, fresh_until REAL, failures INTEGER, absences INTEGER,
    isc_seen REAL, isc_alerts TEXT, owed_alerts TEXT, after_contact_done INTEGER
  ) STRICT`

/** Columns that both tables have. */
const copied =
  'domain, first_seen, last_seen, queries, window_from, window_names, written, kind, reason, registered, expires, source, ' +
  'checked, fresh_until, failures, absences, isc_seen, isc_alerts, owed_alerts, after_contact_done'

/** Moves the rows in pages: the pages that one frees are filled again by the next, so the file hardly grows. */
const inOrderOfArrival = (db: Db): void => {
  db.exec(arrivals)
  const last = db
    .prepare<[number], string | null>(
      'SELECT max(domain) FROM (SELECT domain FROM domains ORDER BY domain LIMIT ?)',
    )
    .pluck()
  const copy = db.prepare<[string]>(
    `INSERT INTO arrivals (${copied}) SELECT ${copied} FROM domains WHERE domain <= ? ORDER BY domain`,
  )
  const remove = db.prepare<[string]>('DELETE FROM domains WHERE domain <= ?')
  for (let end = last.get(releaseMax); typeof end === 'string'; end = last.get(releaseMax)) {
    copy.run(end)
    remove.run(end)
  }
  db.exec(`
    DROP TABLE domains;
    ALTER TABLE arrivals RENAME TO domains;
    CREATE UNIQUE INDEX domains_by_name ON domains (domain);
    -- What may be evicted, least recently seen first: see evict.ts. The other domains take no room in it.
    CREATE INDEX domains_absent ON domains (last_seen, domain) WHERE kind = 'absent'`)
}

/** Key in meta: the URI by which exports of passive DNS name this store (RFC 9562). It says nothing of machine or site. */
export const originKey = 'pdns_origin'

const ofDropped = 'FROM pdns_imported WHERE name = OLD.name AND rrtype = OLD.rrtype AND rdata = OLD.rdata'

/** Passive DNS from elsewhere: see pdns-sources.ts. */
const importedFacts = (db: Db): void => {
  db.exec(`
  -- Who counted imported facts: origin is a URI, or '' where rows name none.
  CREATE TABLE pdns_sources (source INTEGER PRIMARY KEY, origin TEXT NOT NULL, sensor TEXT NOT NULL, UNIQUE (origin, sensor)) STRICT;
  -- What each of them has counted. It is part of the row in pdns_tuples, where it is added to what was counted here.
  CREATE TABLE pdns_imported (
    name INTEGER NOT NULL, rrtype TEXT NOT NULL, rdata ANY NOT NULL, count INTEGER NOT NULL,
    first_seen INTEGER NOT NULL, lasted INTEGER NOT NULL,
    ttl_min INTEGER, ttl_range INTEGER, ttl_last INTEGER, sensor INTEGER NOT NULL, source INTEGER NOT NULL,
    PRIMARY KEY (name, rrtype, rdata, source)
  ) STRICT, WITHOUT ROWID;
  -- Whatever drops a fact drops its parts, too, and counts them.
  CREATE TRIGGER pdns_tuple_dropped AFTER DELETE ON pdns_tuples WHEN EXISTS (SELECT 1 ${ofDropped}) BEGIN
    UPDATE meta SET value = CAST(value AS INTEGER) - (SELECT count(*) ${ofDropped}) WHERE key = 'pdns_rows';
    DELETE ${ofDropped};
  END`)
  db.prepare<[string]>(`INSERT INTO meta VALUES ('${originKey}', ?)`).run(`urn:uuid:${randomUUID()}`)
}

/** Key in meta: the lowest that the highest row of a domain was after an eviction; no row behind it was there at the first one. */
export const rowLimitKey = 'counts_row_limit'

/** Marks a database as ours: `DOMS` (https://www.sqlite.org/pragma.html#pragma_application_id). */
export const applicationId = 0x444f4d53

/** SQL statements, or a function. */
type Migration = string | ((db: Database.Database) => void)

export const migrations: readonly Migration[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- One row a name: sightings of the domain and, where the name is a registrable, what its registry said.
  -- Times are epoch ms. registered is the date told last, also where kind is another one by now. first_seen is NULL for a name that was looked up or imported and never contacted.
  CREATE TABLE domains (
    domain TEXT PRIMARY KEY,
    first_seen REAL, last_seen REAL, queries INTEGER NOT NULL,
    window_from REAL, window_names INTEGER NOT NULL,
    kind TEXT, reason TEXT, registered REAL, expires REAL, source TEXT,
    checked REAL, fresh_until REAL, failures INTEGER, absences INTEGER,
    -- What the ISC said besides; alerts are comma-separated.
    isc_seen REAL, isc_alerts TEXT,
    owed_alerts TEXT
  ) STRICT, WITHOUT ROWID;
  -- What may be evicted, least recently seen first: see evict.ts. The other domains take no room in it.
  CREATE INDEX domains_absent ON domains (last_seen) WHERE kind = 'absent';
  -- How many domains there are: see count.ts.
  INSERT INTO meta VALUES ('domains', '0');

  -- When each name was written last, in event time. Ordered by seq, so that the oldest can be forgotten.
  CREATE TABLE windows (seq INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, ts REAL NOT NULL) STRICT;

  -- Whom waiting records belong to, as a number: it stands in every row of them, and in every index.
  CREATE TABLE outputs (output INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE) STRICT;

  -- Records that wait for their registration (state held), or were written without it and owe a follow-up (owed).
  -- What waits belongs to the output that it will be written to: a scan must not print what the SIEM waits for.
  CREATE TABLE held (
    held INTEGER PRIMARY KEY, output INTEGER NOT NULL,
    registrable TEXT NOT NULL, state TEXT NOT NULL, due REAL NOT NULL, first INTEGER NOT NULL, facts TEXT NOT NULL
  ) STRICT;
  CREATE INDEX held_by_registrable ON held (output, registrable, state);
  CREATE INDEX held_by_due ON held (output, state, due);

  -- Registrables to look up: by the server that will be asked, so that a slow one holds up nobody else; there the
  -- most suspicious first, then the most recent. not_before is 0 for those that may be asked, so that neither those
  -- nor the ones that have to wait are ever searched for among the others.
  CREATE TABLE queue (
    output INTEGER NOT NULL, registrable TEXT NOT NULL, server TEXT NOT NULL,
    suspicion REAL NOT NULL, asked REAL NOT NULL, not_before REAL NOT NULL,
    PRIMARY KEY (output, registrable)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX queue_ready ON queue (output, server, suspicion, asked DESC) WHERE not_before = 0;
  CREATE INDEX queue_later ON queue (output, not_before) WHERE not_before > 0;

  -- How far each content has taken effect: see position.ts.
  CREATE TABLE positions (
    file INTEGER PRIMARY KEY AUTOINCREMENT,
    input TEXT NOT NULL, path TEXT NOT NULL, inode TEXT NOT NULL, seal TEXT NOT NULL,
    read_bytes INTEGER NOT NULL, head BLOB NOT NULL, tail BLOB NOT NULL,
    header TEXT NOT NULL, changed REAL NOT NULL, moved INTEGER NOT NULL
  ) STRICT;

  -- The bytes of the last commit, and where in which output file they belong: see output/recover.ts.
  CREATE TABLE outbox (
    path TEXT PRIMARY KEY, inode TEXT NOT NULL, size INTEGER NOT NULL, tail BLOB NOT NULL, bytes BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  namesToDomains,
  `
  -- REGISTERED-AFTER-CONTACT is owed or was said, or needs not be said. What the dates proved before this version did is
  -- no news: an upgrade must not set off an alert for each old domain.
  ALTER TABLE domains ADD COLUMN after_contact_done INTEGER;
  UPDATE domains SET after_contact_done = 1 WHERE registered > first_seen OR instr(owed_alerts, 'REGISTERED-AFTER-CONTACT') > 0;
  `,
  // Of the old checkpoints only the last of each path can be missed, and only if its file was not read to its end.
  `
  ALTER TABLE positions ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE positions ADD COLUMN finished INTEGER NOT NULL DEFAULT 0;
  UPDATE positions SET finished = 1 WHERE seal <> '' OR file NOT IN (
    SELECT file FROM (SELECT file, max(moved) FROM positions GROUP BY input, path)
  );
  `,
  `
  -- What an owed record has alerted, as a JSON list: its follow-up says only what is new.
  ALTER TABLE held ADD COLUMN said TEXT;
  UPDATE held SET said = json_extract(facts, '$.alerts') WHERE state = 'owed';
  -- The way by which a question came stood in place of the sensor.
  UPDATE held SET facts = json_set(json_remove(facts, '$.sensor'), '$.source', json_extract(facts, '$.sensor'))
  WHERE json_extract(facts, '$.sensor') IN ('http', 'query');
  UPDATE held SET facts = json_set(facts, '$.source', 'log') WHERE json_type(facts, '$.source') IS NULL;
  `,
  `
  -- What was asked of whom outside, and when: see asked.ts.
  CREATE TABLE asked (
    seq INTEGER PRIMARY KEY, at REAL NOT NULL, host TEXT NOT NULL, protocol TEXT NOT NULL, name TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- How far each sink has taken the records for it: the number of a segment, and bytes of it. See output/sinks.
  CREATE TABLE sinks (name TEXT PRIMARY KEY, segment INTEGER NOT NULL, read_bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  -- The lines of the last commit for all of them, and where in the segments they belong. One row at most.
  CREATE TABLE sink_outbox (
    only INTEGER PRIMARY KEY CHECK (only = 1), segment INTEGER NOT NULL, read_bytes INTEGER NOT NULL, lines BLOB NOT NULL
  ) STRICT;
  `,
  `
  -- Passive DNS: see pdns.ts. Times are epoch ms; a last time is stored as its distance from the first, which is shorter.
  CREATE TABLE pdns_sensors (sensor INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE) STRICT;
  -- A name was asked for, or it owns a record. first_seen, lasted and clients tell of its questions; see client-sketch.ts.
  CREATE TABLE pdns_names (
    name INTEGER PRIMARY KEY, rrname TEXT NOT NULL, first_seen INTEGER, lasted INTEGER, questions INTEGER NOT NULL,
    answered INTEGER NOT NULL, empty INTEGER NOT NULL, nxdomain INTEGER NOT NULL, servfail INTEGER NOT NULL,
    refused INTEGER NOT NULL, other INTEGER NOT NULL, clients BLOB
  ) STRICT;
  -- The names by their last labels.
  CREATE TABLE pdns_labels (labels TEXT PRIMARY KEY, name INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  -- Names are numbered in the order of their arrival, so new rows stand together. ttl_range is the highest less the lowest.
  CREATE TABLE pdns_tuples (
    name INTEGER NOT NULL, rrtype TEXT NOT NULL, rdata ANY NOT NULL, count INTEGER NOT NULL,
    first_seen INTEGER NOT NULL, lasted INTEGER NOT NULL,
    ttl_min INTEGER, ttl_range INTEGER, ttl_last INTEGER, sensor INTEGER NOT NULL,
    PRIMARY KEY (name, rrtype, rdata)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX pdns_by_rdata ON pdns_tuples (rdata) WHERE rrtype IN ('A', 'AAAA', 'CNAME', 'NS', 'PTR', 'MX', 'SRV', 'DNAME');
  -- Who asked for a name: an address as 4 or 16 bytes, or what the sensor wrote in its place.
  CREATE TABLE pdns_clients (
    name INTEGER NOT NULL, client ANY NOT NULL, count INTEGER NOT NULL, first_seen INTEGER NOT NULL, lasted INTEGER NOT NULL,
    PRIMARY KEY (name, client)
  ) STRICT, WITHOUT ROWID;
  -- How many names and tuples there are.
  INSERT INTO meta VALUES ('pdns_rows', '0');
  `,
  inOrderOfArrival,
  `
  -- Tags: see tags.ts. A changed tag gets a new row, so that its number is the highest. value: a name as reversed labels,
  -- a network as bytes. at is epoch ms.
  CREATE TABLE tags (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, value ANY NOT NULL, tag TEXT NOT NULL,
    source TEXT NOT NULL, at INTEGER NOT NULL, note TEXT
  ) STRICT;
  CREATE UNIQUE INDEX tags_by_value ON tags (value, tag);
  -- The tags removed last, so that a process need not read all others again.
  CREATE TABLE tags_removed (seq INTEGER PRIMARY KEY AUTOINCREMENT, value ANY NOT NULL, tag TEXT NOT NULL) STRICT;
  INSERT INTO meta VALUES ('tags', '0');
  `,
  importedFacts,
  `
  -- The networks of the answers for established domains, as a list with blanks: see answer-networks.ts. since is epoch ms.
  CREATE TABLE answer_networks (domain TEXT PRIMARY KEY, since INTEGER NOT NULL, networks TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- How far each input was read that is no file: see feeds/. moved is epoch ms.
  CREATE TABLE cursors (input TEXT PRIMARY KEY, at TEXT NOT NULL, moved REAL NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- What detectors remember: see memory.ts. changed is epoch ms.
  CREATE TABLE memory (
    detector TEXT NOT NULL, key INTEGER NOT NULL, changed REAL NOT NULL, state TEXT NOT NULL, PRIMARY KEY (detector, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX memory_by_change ON memory (detector, changed);
  -- The clients that asked for a domain: see sightings/clients.ts.
  ALTER TABLE domains ADD COLUMN clients BLOB;
  `,
  `
  -- Mutes: see mutes.ts. client: the bytes of a network's first address, and the length of its prefix. Times are epoch ms.
  CREATE TABLE mutes (
    mute INTEGER PRIMARY KEY AUTOINCREMENT, domain TEXT, client BLOB, alert TEXT,
    until INTEGER NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, note TEXT, hits INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  INSERT INTO meta VALUES ('mute_changes', '0');
  `,
  `
  -- Claims to the site's first contact: see claims.ts. due: epoch ms; held: the row of the record while it waits.
  CREATE TABLE claims (
    domain TEXT PRIMARY KEY, id TEXT NOT NULL, output INTEGER NOT NULL, due REAL NOT NULL, owns INTEGER NOT NULL,
    held INTEGER, said TEXT, facts TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX claims_by_due ON claims (output, due);
  CREATE INDEX claims_open ON claims (owns) WHERE owns = 0;
  `,
  `
  -- The ISC server: see isc-clients.ts and isc-askers.ts. token: its SHA-256. status: JSON. Times are epoch ms.
  CREATE TABLE isc_clients (
    client INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, token BLOB NOT NULL UNIQUE, per_minute INTEGER,
    added INTEGER NOT NULL, denied TEXT, seen INTEGER, queries INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0, status TEXT
  ) STRICT;
  CREATE TABLE isc_alerts (
    domain TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, PRIMARY KEY (domain, text)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE isc_askers (
    domain TEXT NOT NULL, asker BLOB NOT NULL, asked INTEGER NOT NULL, told INTEGER, PRIMARY KEY (domain, asker)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Answers of commands: see command-answers.ts. Times are epoch ms; expires is null for an answer that does not expire.
  CREATE TABLE command_answers (
    row INTEGER PRIMARY KEY AUTOINCREMENT, command TEXT NOT NULL, value TEXT NOT NULL, declared TEXT NOT NULL,
    at INTEGER NOT NULL, expires INTEGER, permanent INTEGER NOT NULL, used INTEGER NOT NULL, hits INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL, answer TEXT NOT NULL, UNIQUE (command, value)
  ) STRICT;
  CREATE INDEX command_answers_by_use ON command_answers (used) WHERE permanent = 0;
  CREATE INDEX command_answers_by_end ON command_answers (expires) WHERE expires IS NOT NULL;
  INSERT INTO meta VALUES ('command_answers', '0'), ('command_answer_bytes', '0');
  `,
  `
  -- Records about which commands are to be asked, and the questions: see enrichments.ts. Times are epoch ms; due: null if the
  -- record is written. record and found: JSON.
  CREATE TABLE enrichments (
    enrichment INTEGER PRIMARY KEY AUTOINCREMENT, output INTEGER NOT NULL, at INTEGER NOT NULL, due INTEGER, record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX enrichments_by_due ON enrichments (output, due, at);
  CREATE TABLE enrichment_asks (
    ask INTEGER PRIMARY KEY AUTOINCREMENT, enrichment INTEGER NOT NULL, entry TEXT NOT NULL, value TEXT NOT NULL,
    not_before INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, found TEXT
  ) STRICT;
  CREATE INDEX enrichment_asks_by_record ON enrichment_asks (enrichment);
  CREATE INDEX enrichment_asks_open ON enrichment_asks (entry, not_before) WHERE found IS NULL;
  `,
  `
  -- The places of domains in an imported list of the most asked ones: see ranks.ts. list: the number of the import.
  CREATE TABLE ranks (domain TEXT PRIMARY KEY, rank INTEGER NOT NULL, list INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- What the site knows of this sensor's counts: see pushed-counts.ts. row: of domains; clients: bytes of the sketch.
  CREATE TABLE pushed_counts (
    row INTEGER PRIMARY KEY, base INTEGER NOT NULL, queries INTEGER NOT NULL, clients INTEGER NOT NULL
  ) STRICT;
  -- A domain that comes back gets a row with a higher number than this one.
  CREATE TRIGGER domain_dropped AFTER DELETE ON domains BEGIN
    DELETE FROM pushed_counts WHERE row = OLD.row;
    INSERT INTO meta SELECT 'counts_row_limit', coalesce(max(row), 0) FROM domains WHERE true
      ON CONFLICT DO UPDATE SET value = min(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER));
  END;
  `,
  `
  -- Claims in the order in which they came, with an index by domain: the facts are long, and by domain each would be written
  -- to pages of its own.
  CREATE TABLE ordered_claims (
    claim INTEGER PRIMARY KEY, domain TEXT NOT NULL UNIQUE, id TEXT NOT NULL, output INTEGER NOT NULL, due REAL NOT NULL,
    owns INTEGER NOT NULL, held INTEGER, said TEXT, facts TEXT NOT NULL
  ) STRICT;
  INSERT INTO ordered_claims (domain, id, output, due, owns, held, said, facts)
    SELECT domain, id, output, due, owns, held, said, facts FROM claims ORDER BY due;
  DROP TABLE claims;
  ALTER TABLE ordered_claims RENAME TO claims;
  CREATE INDEX claims_by_due ON claims (output, due);
  CREATE INDEX claims_open ON claims (owns) WHERE owns = 0;
  `,
  `
  -- What the site knows of the count of a fact: see pushed-facts.ts.
  ALTER TABLE pdns_tuples ADD COLUMN pushed INTEGER;
  ALTER TABLE pdns_tuples ADD COLUMN pushed_base INTEGER;
  `,
]
