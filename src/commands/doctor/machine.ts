/** For `doctor`: the program, the user, and the machine they run on. */
import { stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { resolveIn } from '../../config/load.js'
import { oldDaysOf, suffixesBy } from '../../daemon/names.js'
import { shellWord } from '../../files/packed.js'
import { codeOf } from '../../files/rights.js'
import { builtYearMin, diskReserveBytes } from '../../limits.js'
import { jsonEscaped } from '../../output/json.js'
import { diskMaxOf, mb } from '../check.js'
import { versionLine } from '../version.js'
import { ok, userId, warning, wrong, type Diagnosis } from './diagnosis.js'
import type { Site } from './site.js'

/** The versions, and the age of the Public Suffix List. */
export const examineProgram = async ({ config, dir, clock }: Site): Promise<Diagnosis[]> => {
  const program = ok('program', `domainstats ${versionLine()}`)
  const days = oldDaysOf(await suffixesBy(config, dir), clock.now())
  if (days === undefined) return [program]
  return [
    program,
    warning(
      'program',
      `its Public Suffix List is ${days} days old: newer suffixes are taken for domains`,
      'update domainstats, or put https://publicsuffix.org/list/public_suffix_list.dat somewhere and name it in psl_file',
    ),
  ]
}

/** Whether this is the user that `run` has: another one has other rights, and what is found holds only for it. */
export const examineUser = async ({ dir }: Site): Promise<Diagnosis[]> => {
  const uid = userId()
  const owner = await stat(dir)
  const database = join(dir, 'domainstats.sqlite')
  const other = (await stat(database).catch(() => owner)).uid
  if (other !== owner.uid)
    return [
      wrong(
        'user',
        `${jsonEscaped(database)} belongs to user ${other}, and its folder to user ${owner.uid}`,
        `chown --reference=${shellWord(dir)} ${shellWord(dir)}/domainstats.sqlite* (as root): the run may not open it else`,
      ),
    ]
  if (uid === undefined || uid === owner.uid) return [ok('user', `the owner of ${jsonEscaped(dir)}`)]
  return [
    warning(
      'user',
      `this is user ${uid}, and ${jsonEscaped(dir)} belongs to user ${owner.uid}: what the run may read is not seen`,
      `runuser -u "$(id -nu ${owner.uid})" -- domainstats doctor --data ${shellWord(dir)}`,
    ),
  ]
}

/** Whether the disks hold what the limits allow: the data folder its most, and the log's disk more than nothing. */
export const examineDisk = async ({ config, dir }: Site): Promise<Diagnosis[]> => {
  const used = await stat(join(dir, 'domainstats.sqlite')).then(
    ({ size }) => size,
    () => 0,
  )
  const output = config.output === '-' ? dir : dirname(resolveIn(dir, config.output))
  const findings = [await examineFolder(dir, Math.max(diskReserveBytes, diskMaxOf(config).all - used))]
  if (output !== dir) findings.push(await examineFolder(output, diskReserveBytes))
  return findings
}

/** `run` makes the folder of its output: until then that of the nearest folder above counts. */
const freeAt = async (folder: string): Promise<number> => {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error
    return freeAt(dirname(folder))
  }
}

const examineFolder = async (folder: string, needed: number): Promise<Diagnosis> => {
  const free = await freeAt(folder)
  const found = `${mb(free)} are free for ${jsonEscaped(folder)}, which may need ${mb(needed)} more`
  if (free >= needed) return ok('disk', found)
  const remedy = 'make room, or lower domains_max, pdns.rows_max or the backlog of sinks'
  return free < diskReserveBytes ? wrong('disk', found, remedy) : warning('disk', found, remedy)
}

/** Whether the clock can be right at all; the network examination compares it with that of others. */
export const examineClock = ({ clock }: Site): Diagnosis[] => {
  const now = new Date(clock.now())
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  if (now.getUTCFullYear() < builtYearMin)
    return [wrong('clock', `it is ${now.toISOString()} here`, 'set the clock, and start NTP')]
  return [ok('clock', `${now.toISOString()}; the zone of this machine is ${timeZone}`)]
}
