/** Fuzzes the parser of ignore lists. */
import { ignoreEntry, readIgnoreLine } from '../../names/ignore-list.js'
import { textLike } from './mutations.js'
import { unprintable } from './usable.js'
import { ignoreLists } from './seeds.js'
import { must, target, type Target } from './target.js'

export const ignoreTargets: readonly Target[] = [
  target('ignore-list', textLike(ignoreLists), text => {
    for (const line of text.split('\n')) {
      const read = readIgnoreLine(line)
      if (typeof read === 'string') {
        must(read !== '' && !unprintable.test(read), 'a reason that forges a line')
        continue
      }
      must(read.length === 0 || !line.trim().startsWith('@@'), 'an exception that is taken for its opposite')
      must(read.length === 0 || !/^[#!;]/.test(line.trim()), 'a comment that is taken for a name')
      for (const entry of read) must(ignoreEntry(entry) === entry, `an entry in another form: ${entry}`)
    }
  }),
]
