/** Fuzzes the parser of domainstats.yaml. */
import fc from 'fast-check'
import { parseConfig } from '../../config/parse.js'
import { ConfigError } from '../../config/problem.js'
import { jsonText } from './json.js'
import { textLike } from './mutations.js'
import { settings } from './seeds.js'
import { must, target, type Target } from './target.js'

const keys = [...new Set(settings.flatMap(text => [...text.matchAll(/(\w+):/g)].map(([, key = '']) => key)))]
/** JSON is YAML, too, but for what neither of both says clearly. */
const texts = fc.oneof(textLike(settings), jsonText(keys))

export const configurationTargets: readonly Target[] = [
  target('settings', texts, text => {
    const result = parseConfig(text, 'fuzz.yaml')
    if (!('problems' in result)) return
    must(result.problems.length > 0, 'refused without a word')
    const { message } = new ConfigError(result.problems)
    must(
      !/[\p{C}\p{Zl}\p{Zp}]/u.test(message.replaceAll('\n', '')),
      `a message that forges a line: ${message}`,
    )
    must(message.length < 20_000, 'a message without an end')
  }),
]
