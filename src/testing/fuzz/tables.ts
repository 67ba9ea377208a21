/** Fuzzes the parser of freq tables, and the requests to freq_server. */
import fc from 'fast-check'
import { builtInTable } from '../../freq/load.js'
import { compile, score } from '../../freq/score.js'
import { formatTable, parseTable, type PairCounts } from '../../freq/table.js'
import { freqAnswer } from '../../http/freq-server.js'
import { jsonLike } from './json.js'
import { textLike } from './mutations.js'
import { freqTables } from './seeds.js'
import { must, target, type Target } from './target.js'

const read = (text: string): PairCounts | undefined => {
  try {
    return parseTable(text, 'fuzz')
  } catch (error) {
    must(error instanceof Error && error.message.startsWith('fuzz: not a freq table: '), String(error))
    must(error.message.length < 100_500, 'an error without an end')
    return undefined
  }
}

const isScore = (figure: number): boolean => Number.isFinite(figure) && figure >= 0

const builtIn = builtInTable()
const names = textLike(['www.example.com', 'b\u00fccher.de', 'xn--bcher-kva.de'])

export const tableTargets: readonly Target[] = [
  target('freq-table', fc.tuple(jsonLike(freqTables), names), ([bytes, name]) => {
    const table = read(bytes.toString('latin1'))
    if (!table) return
    const text = formatTable(table)
    must(/^[ -~]*$/.test(text), 'a table that is not ASCII')
    must(formatTable(parseTable(text, 'again')) === text, 'a table that comes back another')
    const { average, word } = score(compile(table), name)
    must(isScore(average) && isScore(word), `no score: ${average}, ${word}`)
  }),
  target(
    'freq-server',
    textLike(['/measure/example.com', '/measure1/b%C3%BCcher.de', '/?cmd=measure&tgt=a', '/normal/a']),
    url => {
      const answer = freqAnswer(url, name => score(builtIn, name))
      must(answer === undefined || /^[ -~]+$/.test(answer.text), 'an answer that holds what was asked')
    },
  ),
]
