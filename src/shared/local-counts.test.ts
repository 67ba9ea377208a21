import t from 'tap'
import { openLocalCounts } from './local-counts.js'
import { countsAgree, countsContract } from './testing/counts.js'

const alone = () => {
  // Whoever is alone shares with himself.
  const counts = openLocalCounts()
  return Promise.resolve([counts, counts] as const)
}

void countsContract(t, alone)
void t.test('the order of counts changes nothing', t => countsAgree(t, alone, openLocalCounts))
