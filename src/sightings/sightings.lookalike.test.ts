/** LOOKALIKE: decided with the first contact, in its transaction. */
import t from 'tap'
import { createMatcher } from '../lookalike/lookalikes.js'
import type { Policy } from '../detect/policy.js'
import { now, question, putRegistration, registered, see, storeIn } from '../testing/pipeline-kit.js'

const resembles = createMatcher([
  { name: 'contoso.com', kind: 'own' },
  { name: 'facebook.com', kind: 'distinct' },
])
const rules: Partial<Policy> = { resembles, newDays: 30 }
const alertsOf = ({ records }: ReturnType<typeof see>) => records.map(({ verdict }) => verdict.alerts)

void t.test('the first contact with a young look-alike has it, and no later record of the domain', t => {
  const store = storeIn(t)
  putRegistration(store, 'faceb00k.com', registered(3))
  t.strictSame(alertsOf(see(store, [question('www.faceb00k.com'), question('faceb00k.com')], rules)), [
    ['YOUR-FIRST-CONTACT', 'YOUNG:3d', 'LOOKALIKE:facebook.com'],
    ['YOUNG:3d'],
  ])
  t.strictSame(alertsOf(see(store, [question('m.faceb00k.com')], rules)), [['YOUNG:3d']])
  t.end()
})

void t.test('an old one has it only if it is near to a name of the site', t => {
  const store = storeIn(t)
  for (const name of ['faceb00k.com', 'cont0so.com', 'contoso-vpn.com'])
    putRegistration(store, name, registered(4000))
  t.strictSame(
    alertsOf(
      see(
        store,
        ['faceb00k.com', 'cont0so.com', 'contoso-vpn.com'].map(name => question(name)),
        rules,
      ),
    ),
    [['YOUR-FIRST-CONTACT'], ['YOUR-FIRST-CONTACT', 'LOOKALIKE:contoso.com'], ['YOUR-FIRST-CONTACT']],
  )
  t.end()
})

void t.test('while learning there is none', t => {
  const store = storeIn(t)
  putRegistration(store, 'cont0so.com', registered(3))
  const learning = { ...rules, learningUntil: now + 1 }
  t.strictSame(alertsOf(see(store, [question('cont0so.com')], learning)), [['YOUNG:3d']])
  t.end()
})

void t.test('only first contacts are compared', t => {
  const store = storeIn(t)
  let compared = 0
  const counting: Partial<Policy> = {
    ...rules,
    resembles: domain => {
      compared += 1
      return resembles(domain)
    },
  }
  putRegistration(store, 'a.com', registered())
  see(store, [question('a.com'), question('b.a.com'), question('a.com')], counting)
  see(store, [question('c.a.com')], counting)
  t.equal(compared, 1)
  t.end()
})

void t.test('what waits for its registry keeps what it resembles', t => {
  const dir = t.testdir()
  const { newPending } = see(storeIn(t, dir), [question('faceb00k.com')], rules)
  t.strictSame(
    newPending.map(({ facts }) => facts.resembles),
    [{ name: 'facebook.com', how: 'similar', isOwn: false }],
  )
  t.end()
})
