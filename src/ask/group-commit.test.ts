import t, { type Test } from 'tap'
import type { Commits } from '../commit/committer.js'
import { groupQuestionsMax } from '../limits.js'
import { never, now, question, policy, storeIn, until } from '../testing/pipeline-kit.js'
import { GroupCommit } from './group-commit.js'

/** A group whose transactions begin when the test lets them. */
const setUp = (test: Test) => {
  const store = storeIn(test)
  const waiting: (() => void)[] = []
  const failing: ((error: Error) => void)[] = []
  let transactions = 0
  const committer: Commits = {
    commit: async (asked, decide) => {
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve)
        failing.push(reject)
      })
      transactions += 1
      const known = typeof asked === 'function' ? asked() : asked
      return { ...store.commit(known, found => decide(found, now), now), ms: 1 }
    },
  }
  const ends = { onWaiting: () => undefined, onEfficiency: () => undefined }
  const group = new GroupCommit({ committer, policy, signal: never, ...ends })
  return { group, waiting, failing, transactions: () => transactions }
}
const first = ['YOUR-FIRST-CONTACT']

void t.test('a question that comes before the transaction begins is part of it', async t => {
  const { group, waiting, transactions } = setUp(t)
  const one = group.commit(question('one.com'))
  await until(() => waiting.length === 1)
  const two = group.commit(question('two.com'))
  waiting[0]?.()
  t.same(await Promise.all([one, two]), [first, first])
  t.equal(transactions(), 1)
  const three = group.commit(question('three.com'))
  await until(() => waiting.length === 2)
  waiting[1]?.()
  t.same([await three, transactions()], [first, 2], 'and who comes later in the next')
})

void t.test('a transaction has at most groupQuestionsMax questions', async t => {
  const { group, waiting, transactions } = setUp(t)
  const all = Array.from({ length: groupQuestionsMax + 1 }, (_, i) => group.commit(question(`n${i}.com`)))
  await until(() => waiting.length === 2)
  for (const begin of waiting) begin()
  t.ok((await Promise.all(all)).every(alerts => alerts.includes('YOUR-FIRST-CONTACT')))
  t.equal(transactions(), 2)
})

void t.test('a transaction that fails rejects its own questions, and no others', async t => {
  const { group, waiting, failing } = setUp(t)
  const one = group.commit(question('one.com'))
  await until(() => waiting.length === 1)
  const two = group.commit(question('two.com'))
  failing[0]?.(new Error('no output'))
  await Promise.all([t.rejects(one, /no output/), t.rejects(two, /no output/)])
  const three = group.commit(question('three.com'))
  await until(() => waiting.length === 2)
  waiting[1]?.()
  t.same(await three, first)
})
