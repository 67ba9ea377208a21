/**
 * The salt of the clients' hashes in the rows of domains: the store's own, until the sensor shares its counts. Then it is
 * that of the site, so that sensors hash a client alike.
 */
import { inSteps, type Db } from './database.js'
import { metaIn } from './meta.js'
import { clientHashIn } from './name-windows.js'

/** Key in meta of the site's salt. */
const siteSaltKey = 'site_salt'

/** @param salt of the store, as hex */
export const siteSaltIn = (db: Db, salt: string) => {
  const meta = metaIn(db)
  let hash = clientHashIn(meta.get(siteSaltKey) ?? salt)
  /**
   * Hashes clients with the salt of the site from now on. Those that were hashed before are dropped, a page in each step,
   * as nothing leads from a hash to the other: their domains count clients anew. Begun again, it does all of it again.
   */
  const useSiteSalt = function* (siteSalt: string): Generator<void, void> {
    hash = clientHashIn(siteSalt)
    const last = db.prepare<[], number | null>('SELECT max(row) FROM domains').pluck().get() ?? 0
    const drop = db.prepare<[number, number]>(
      'UPDATE domains SET clients = NULL WHERE row > ? AND row <= ? AND clients IS NOT NULL',
    )
    yield* inSteps(last, (after, to) => drop.run(after, to))
    // A client that it has seen under both salts would count twice.
    db.prepare(`DELETE FROM memory WHERE detector = 'spread' AND NOT json_extract(state, '$.isRaised')`).run()
    meta.put(siteSaltKey, siteSalt)
  }

  return {
    clientHash: (client: string): number => hash(client),
    siteSalt: (): string | undefined => meta.get(siteSaltKey),
    useSiteSalt,
  }
}
