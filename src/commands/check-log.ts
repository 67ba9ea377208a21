/** Whether a log can be understood, for `domainstats check`: its first lines are read as a `run` would. */
import type { Config } from '../config/schema.js'
import type { LineSkip } from '../event.js'
import { examinedBytesMax } from '../limits.js'
import { printable } from '../output/json.js'
import { openParser } from '../parse/open-parser.js'
import { judge, judgementText, outcomeOf } from '../pipeline/not-understood.js'
import { openContent } from '../tail/content.js'
import { NoLog } from '../tail/packing.js'

const newline = 0x0a

/**
 * What is to be said of a log that can be opened: nothing is understood of its first whole lines, or another program
 * has to unpack it. Undefined where there is nothing to be said.
 */
export const warningAbout = async (
  path: string,
  format: Config['inputs'][number]['format'],
  { names_from }: Pick<Config, 'names_from'>,
): Promise<string | undefined> => {
  try {
    const content = await openContent(path)
    const start = await content.piece(0, examinedBytesMax).finally(content.close)
    const parser = openParser({ stated: format, sources: new Set(names_from), header: '' })
    const skips = new Map<LineSkip, number>()
    let lines = 0
    for (
      let at = 0, end = start.indexOf(newline);
      end !== -1;
      at = end + 1, end = start.indexOf(newline, at)
    ) {
      const events = parser.parse(start.subarray(at, end))
      lines += 1
      if (typeof events === 'string') skips.set(events, (skips.get(events) ?? 0) + 1)
      if (outcomeOf({ lines, skips }).understood > 0) return undefined
    }
    const found = judge(outcomeOf({ lines, skips }), format, start, 1)
    return found && printable(judgementText(found))
  } catch (error) {
    return error instanceof NoLog ? printable(`${error.message}, and not read: ${error.remedy}`) : undefined
  }
}
