/** The table `answer_networks`: the networks that the answers for an established domain lay in. */
import type { AnswerNetworks } from '../detect/new-answer.js'
import type { Db } from './database.js'

export const answerNetworksIn = (db: Db) => {
  const get = db.prepare<[string], { readonly since: number; readonly networks: string }>(
    'SELECT since, networks FROM answer_networks WHERE domain = ?',
  )
  const put = db.prepare<[string, number, string]>(
    `INSERT INTO answer_networks VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET since = excluded.since, networks = excluded.networks`,
  )
  return {
    of: (domain: string): AnswerNetworks | undefined => {
      const row = get.get(domain)
      return row && { since: row.since, networks: row.networks.split(' ') }
    },
    put: (domain: string, { since, networks }: AnswerNetworks): void => {
      put.run(domain, since, networks.join(' '))
    },
  }
}
