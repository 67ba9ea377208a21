/**
 * The list of scores: numbers computed from a domain's name. Records, answers and lists take them all from here. A low
 * freq score looks random, and so does a high dga_score. To add a score, add its entry, and its case in scores.test.ts.
 */
import type { Config } from '../config/schema.js'
import type { FreqScore } from '../freq/score.js'
import type { Scores } from '../model/record.js'

/**
 * Scores a domain. Called once a record, not for lines that are only counted.
 *
 * @param domain by the whole Public Suffix List, in A-labels
 * @param registrable by its ICANN section
 */
export type Scorer = (domain: string, registrable: string) => Scores

/** Scores that are computed together. */
export interface ScoreEntry<Name extends string = string> {
  /** Their field names in the log and in answers, in order. */
  readonly names: readonly Name[]
  /** They are columns of domain_stats 1.x. Ours come behind its columns, so that none of those moves. */
  readonly isOfOriginal?: true
  /**
   * Loads what they are computed with; undefined where the settings switch them off.
   *
   * @param dir the data folder
   * @throws Error that names the setting and says what is wrong with it
   */
  readonly open: (config: Config, dir: string) => Promise<Scorer | undefined>
}

/** Keeps the names as literal types. */
const listed = <const Name extends string>(entries: readonly ScoreEntry<Name>[]) => entries

export const scores = listed([
  {
    names: ['freq_avg_prob', 'freq_word_prob'],
    isOfOriginal: true,
    open: async ({ enable_freq_scores, freq_table }, dir) => {
      if (!enable_freq_scores) return undefined
      // Loaded on demand: the built-in table is large.
      const [{ loadFreqTable }, { score }] = await Promise.all([
        import('../freq/load.js'),
        import('../freq/score.js'),
      ])
      const table = await loadFreqTable(freq_table, dir)
      return domain => {
        const { average, word } = score(table, domain)
        return { freq_avg_prob: average, freq_word_prob: word }
      }
    },
  },
  {
    names: ['dga_score'],
    open: async ({ dga_score }) => {
      if (!dga_score) return undefined
      const { builtInDgaScorer } = await import('../dga/load.js')
      const { score } = builtInDgaScorer()
      return (domain, registrable) => {
        const found = score(domain, registrable)
        return found === undefined ? {} : { dga_score: found }
      }
    },
  },
])

export type ScoreName = (typeof scores)[number]['names'][number]

/** The field names in order: those of domain_stats 1.x, and ours. */
export const scoreNames = {
  original: scores.filter(({ isOfOriginal }) => isOfOriginal).flatMap(({ names }) => names),
  ours: scores.filter(({ isOfOriginal }) => !isOfOriginal).flatMap(({ names }) => names),
}

/**
 * Opens all scores that the settings switch on.
 *
 * @param dir the data folder; undefined where there is none
 * @throws Error that names the setting and says what is wrong with it
 */
export const openScores = async (config: Config, dir: string | undefined): Promise<Scorer> => {
  const opened = await Promise.all(scores.map(({ open }) => open(config, dir ?? '.')))
  const scorers = opened.filter(scorer => scorer !== undefined)
  const [only, ...others] = scorers
  if (only && others.length === 0) return only
  return (domain, registrable) =>
    scorers.reduce<Scores>((all, scorer) => Object.assign(all, scorer(domain, registrable)), {})
}

/** Both letter scores; undefined where they are switched off. */
export const freqOf = (scores: Scores): FreqScore | undefined => {
  const { freq_avg_prob: average, freq_word_prob: word }: Partial<Record<ScoreName, number>> = scores
  return average === undefined || word === undefined ? undefined : { average, word }
}

/** How much the name looks generated, 0 to 100; undefined where it is not scored, or the score is switched off. */
export const dgaScoreOf = (scores: Scores): number | undefined => scores['dga_score' satisfies ScoreName]
