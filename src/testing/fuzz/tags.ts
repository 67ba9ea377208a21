/** Fuzzes the readers of lists of tags. */
import fc from 'fast-check'
import { readTagValue, tagValueText } from '../../names/tag-value.js'
import { openTagList } from '../../transfer/tag-lists.js'
import { patternValues } from '../../transfer/tag-row.js'
import { bytesOf } from '../../transfer/testing/load.js'
import { jsonLike } from './json.js'
import { bytesLike } from './mutations.js'
import { must, target, type Target } from './target.js'
import { unprintable } from './usable.js'

const documents = [
  '{"type":"bundle","objects":[{"type":"indicator","pattern":"[domain-name:value = \'a.com\']","pattern_type":"stix"}]}',
  '{"Event":{"info":"x","Attribute":[{"type":"domain","value":"a.com","to_ids":true}],"Object":[{"Attribute":[]}]}}',
  '{"response":[{"Sighting":{"type":"0","value":"a.com"}}]}',
  '{"list":["a.com","192.0.2.0/24"],"name":"x","type":"hostname"}',
  '{"value":"a.com","tag":"threat"}\n{"value":"b.com","tag":"trust"}\n',
]
const tables = ['value,tag,note\na.com,threat,"x ""y"""\n', 'a.com\n192.0.2.0/24\n0.0.0.0 b.com\n1,c.com\n']

const readAll = async (bytes: Buffer, size: number): Promise<string> => {
  const said: unknown[] = []
  try {
    const { pieces } = await openTagList(bytesOf(bytes, size), { name: 'x', now: 0 })
    for await (const piece of pieces) {
      if ('row' in piece) {
        const { target: value, note = '' } = piece.row
        const again = readTagValue(tagValueText(value))
        must(
          typeof again === 'object' && tagValueText(again) === tagValueText(value),
          'a value that reads otherwise',
        )
        must(!unprintable.test(note), 'a note that forges a line')
      }
      said.push(piece)
    }
  } catch (error) {
    must(
      error instanceof Error && /^(?:is |holds bytes |the gzip file)/.test(error.message),
      `an error of another kind: ${String(error)}`,
    )
    return 'refused'
  }
  return JSON.stringify(said)
}

const lists = fc.oneof(
  bytesLike(documents),
  bytesLike(tables),
  jsonLike(documents).map(bytes => Buffer.from(bytes)),
)

export const tagTargets: readonly Target[] = [
  target('tag-list', fc.tuple(lists, fc.integer({ min: 1, max: 4_096 })), async ([bytes, size]) => {
    const least = Math.ceil(bytes.length / 500)
    must(
      (await readAll(bytes, 1 << 20)) === (await readAll(bytes, Math.max(size, least))),
      'a list that reads otherwise in pieces',
    )
  }),
  target(
    'stix-pattern',
    bytesLike(["[domain-name:value = 'a.com' OR ipv4-addr:value IN ('192.0.2.1')]"]),
    bytes => {
      const values = patternValues(bytes.toString())
      must(typeof values === 'string' || values.length > 0, 'a pattern without values')
    },
  ),
  target('tag-value', bytesLike(['evil[.]com', '192.0.2.0/24', '2001:db8::/32', 'hxxp://a.com/x']), bytes => {
    const value = readTagValue(bytes.toString())
    if (typeof value === 'string') return
    const again = readTagValue(tagValueText(value))
    must(
      typeof again === 'object' && tagValueText(again) === tagValueText(value),
      'a value that reads otherwise',
    )
  }),
]
