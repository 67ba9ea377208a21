/**
 * Who of the clients of our ISC server asked for a domain first. Only the first `k` of them have a row (one, unless
 * `first_contact_clients` says more), and only a hash stands there. It decides who is told ISC-FIRST-CONTACT:
 *
 * - The first k clients are each answered as if they were the first one, with the time of their own question. With k above
 *   one, nobody learns from it whether a certain other client has asked.
 * - Each is told until an answer that is no failure has reached it, and for an hour after that: a lost response must not
 *   lose the alert.
 * - All others are told when the domain was first asked for: with k above one only the day.
 *
 * A domain without rows that was contacted before is nobody's first contact. Rows that decide nothing any more are dropped
 * when the domain is asked for again, and with their domain.
 */
import { createHash } from 'node:crypto'
import { iscAskerBytes, iscToldAgainMs } from '../limits.js'
import type { Db } from './database.js'

/** What a client is told of the first contact. */
export interface IscContact {
  /** ISC-FIRST-CONTACT. */
  readonly isFirst: boolean
  /** Epoch ms of the client's own question; undefined: it is told of the domain's first contact. */
  readonly ownSeen: number | undefined
}

interface Row {
  readonly asker: Buffer
  readonly asked: number
  readonly told: number | null
}

const others: IscContact = { isFirst: false, ownSeen: undefined }

const isOver = ({ told }: Row, now: number): boolean => told !== null && now >= told + iscToldAgainMs

/**
 * @param salt of the store: without it a hash cannot be guessed from the few numbers of clients
 * @param isContacted whether a question for the domain was counted
 */
export const iscAskersIn = (db: Db, salt: string, isContacted: (domain: string) => boolean) => {
  const of = db.prepare<[string], Row>('SELECT asker, asked, told FROM isc_askers WHERE domain = ?')
  const add = db.prepare<[string, Buffer, number]>('INSERT INTO isc_askers (domain, asker, asked) VALUES (?, ?, ?)') // prettier-ignore
  const tell = db.prepare<[number, string, Buffer]>(
    'UPDATE isc_askers SET told = ? WHERE domain = ? AND asker = ? AND told IS NULL',
  )
  const drop = db.prepare<[string]>('DELETE FROM isc_askers WHERE domain = ?')
  // With the domain: so equal clients have no equal rows.
  const hash = (domain: string, client: number): Buffer =>
    createHash('sha256').update(`${salt} ${client} ${domain}`).digest().subarray(0, iscAskerBytes)

  return {
    /**
     * What a client is to be told of a domain. Of a domain that fewer than k clients asked for it is one of them from now
     * on, on the disk before the question is: if the server dies in between, it is still the first when it asks again.
     *
     * Only one process may call it at a time: the one that has the data folder.
     *
     * @param k `first_contact_clients`
     * @param now epoch ms
     * @throws SqliteError for a full disk or a lock of another process: the client asks again
     */
    contact: (domain: string, client: number, k: number, now: number): IscContact => {
      const rows = of.all(domain)
      const asker = hash(domain, client)
      const own = rows.find(row => row.asker.equals(asker))
      if (own) {
        if (!isOver(own, now)) return { isFirst: true, ownSeen: own.asked }
        if (rows.length < k) return { isFirst: false, ownSeen: own.asked }
      } else if (rows.length < k && (rows.length > 0 || !isContacted(domain))) {
        const asked = Math.floor(now)
        add.run(domain, asker, asked)
        return { isFirst: true, ownSeen: asked }
      }
      if (rows.length > 0 && rows.every(row => isOver(row, now))) drop.run(domain)
      return others
    },
    /** To be called when the client has an answer that is no failure. @param now epoch ms */
    told: (domain: string, client: number, now: number): void =>
      void tell.run(Math.floor(now), domain, hash(domain, client)),
  }
}
