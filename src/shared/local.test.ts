import t from 'tap'
import { openSite } from './local.js'
import { contract } from './testing/contract.js'

void contract(t, (_, clock) => {
  const sensor = openSite(clock)
  return [sensor('one'), sensor('other')]
})
