import t from 'tap'
import { openLocal } from './local.js'
import { contract } from './testing/contract.js'

void contract(t, (_, clock) => {
  // Whoever is alone shares with himself.
  const shared = openLocal(clock)
  return [shared, shared]
})
