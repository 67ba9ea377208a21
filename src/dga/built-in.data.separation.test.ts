/** How well the built-in model finds generated names: families of malware that it was not trained on. */
import t from 'tap'
import { sharedData } from '../testing/shared-data.js'
import { builtInDgaScorer } from './load.js'
import { dgaSeparation, readCompared } from './testing/separation.js'

const scorer = builtInDgaScorer()

void t.test(
  'it finds the dev families, and alarms on ordinary names as seldom as its scores say',
  async t => {
    const dir = sharedData(t, '.')
    if (!dir) return
    const { ordinary, families } = await readCompared(process.cwd(), dir)
    const logits = (some: readonly { domain: string; registrable: string }[]) =>
      some.map(({ domain, registrable }) => scorer.clippedLogit(domain, registrable) ?? -Infinity)
    const good = [...ordinary.values()].flat()
    const dev = families.filter(({ isDev }) => isDev).flatMap(({ domains }) => domains)
    t.ok(good.length > 10_000 && dev.length > 4_500, 'all names are there')
    const { auc, found } = dgaSeparation(logits(good), logits(dev))
    t.ok(auc >= 0.93, `area under the curve: ${auc}`)
    t.ok((found[1] ?? 0) >= 60, `at 1 % false alarms: ${found[1]} %`)
    for (const [score, percent] of [
      [20, 10],
      [40, 1],
      [60, 0.1],
    ] as const) {
      // prettier-ignore
      const part = (100 * good.filter(one => (scorer.score(one.domain, one.registrable) ?? 0) >= score).length) / good.length
      t.ok(part > percent / 5 && part < percent * 2, `${part} % at ${score}`)
    }
  },
)
