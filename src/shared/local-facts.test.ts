import t from 'tap'
import { openLocalFacts } from './local-facts.js'
import { factsAgree, factsContract } from './testing/facts.js'

const alone = () => {
  const facts = openLocalFacts()
  return Promise.resolve([facts, facts] as const)
}

void factsContract(t, alone)
void t.test('the order of facts changes nothing', t => factsAgree(t, alone, openLocalFacts))
