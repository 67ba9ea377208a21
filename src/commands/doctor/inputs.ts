/** For `doctor`: whether the inputs are found, can be read, are understood, grow, carry the right times, and are kept up with. */
import { stat } from 'node:fs/promises'
import type { Config } from '../../config/schema.js'
import { followedFiles } from '../../daemon/inputs.js'
import { changedAt, inodeOf } from '../../files/files.js'
import { clockSkewMs, examinedBytesMax, examinedEndBytes, inputQuietMs, lagSecondsMax } from '../../limits.js'
import { jsonEscaped } from '../../output/json.js'
import { openParser } from '../../parse/parser.js'
import type { Progress } from '../../store/checkpoints.js'
import { isArchive } from '../../tail/archive.js'
import { openContent } from '../../tail/open-files.js'
import type { Input } from '../../tail/source.js'
import { checkFeeds } from '../check-feeds.js'
import { examineInput, wholeLinesIn, type ExaminedInput } from '../check-inputs.js'
import { messageOf, ok, warning, wrong, type Diagnosis } from './diagnosis.js'
import type { Site } from './site.js'

/** The logs of files, and then the sockets, lists and streams. @param progress how far the store says logs were read */
export const examineInputs = async (
  site: Site,
  progress: ReadonlyMap<string, Progress>,
): Promise<Diagnosis[]> => {
  const { config, dir, signal } = site
  if (config.inputs.length === 0)
    return config.http
      ? [ok('input', 'none: it answers over HTTP only')]
      : [
          wrong(
            'input',
            'the settings name none',
            'domainstats settings asks for them; or give run --zeek or --suricata',
          ),
        ]
  const findings: Diagnosis[] = []
  const logs = await Promise.all(
    followedFiles(config.inputs, dir).map(async input => ({
      input,
      examined: await examineInput(input, config),
    })),
  )
  const isAlone = logs.every(({ examined }) => examined.nothing !== undefined)
  for (const { input, examined } of logs)
    findings.push(...(await examineOne(input, examined, { ...site, isAlone }, progress)))
  for (const { lines, problems } of await checkFeeds(config, dir, signal)) {
    const found = lines.join('\n')
    findings.push(
      problems.length === 0
        ? ok('input', found)
        : wrong('input', found, 'start what should answer there, or correct inputs'),
    )
  }
  return findings
}

const examineOne = async (
  input: Input,
  examined: ExaminedInput,
  site: Site & { readonly isAlone: boolean },
  progress: ReadonlyMap<string, Progress>,
): Promise<Diagnosis[]> => {
  const { name, nothing, logs } = examined
  if (nothing !== undefined)
    return [
      // Beside a sensor that is there: an input that is still to come, or is not on this host.
      (site.isAlone ? wrong : warning)(
        'input',
        `${name}: ${nothing}`,
        'start the sensor, or correct this entry of inputs, or remove it',
      ),
    ]
  const closed = logs.flatMap(log =>
    log.closed === undefined
      ? []
      : [
          wrong(
            'input',
            log.closed,
            'add the user of the run to the group of the logs (ls -l shows it), and start it again',
          ),
        ],
  )
  const warned = logs.flatMap(({ path, warning: why }) =>
    why === undefined
      ? []
      : [
          warning(
            'input',
            `${jsonEscaped(path)}: ${why}`,
            'docs/zeek.md and docs/suricata.md say what the sensor has to write',
          ),
        ],
  )
  return [...closed, ...warned, ...(await examineNewest(examined, input, site, progress))]
}

/** The log that was written last stands for its input. */
const newestOf = async ({ logs }: ExaminedInput) => {
  const open = logs.filter(({ closed }) => closed === undefined)
  const all = await Promise.all(
    open.map(async ({ path, warning }) => {
      const stats = await stat(path, { bigint: true }).catch(() => undefined)
      return stats ? [{ path, stats, isUnderstood: warning === undefined, writtenAt: changedAt(stats) }] : []
    }),
  )
  return all.flat().sort((a, b) => b.writtenAt - a.writtenAt)[0]
}

const examineNewest = async (
  examined: ExaminedInput,
  { format }: Input,
  { config, clock, isLive }: Site,
  progress: ReadonlyMap<string, Progress>,
): Promise<Diagnosis[]> => {
  const newest = await newestOf(examined)
  if (!newest) return []
  const { path, stats, writtenAt, isUnderstood } = newest
  const [now, shown] = [clock.now(), jsonEscaped(path)]
  if (now - writtenAt > inputQuietMs)
    return [
      warning(
        'input',
        `${examined.name}: nothing was written to ${shown} for ${spanOf(now - writtenAt)}`,
        'see whether the sensor runs, and whether it writes its DNS log there',
      ),
    ]
  const findings: Diagnosis[] = []
  const last = isUnderstood && !isArchive(path) ? await lastTimeIn(path, format, config) : undefined
  if (typeof last === 'string')
    return [wrong('input', `${shown}: ${last}`, 'let the user of the run read it, and start the run again')]
  const skew = last === undefined ? 0 : last - writtenAt
  if (Math.abs(skew) > clockSkewMs)
    findings.push(
      warning(
        'input',
        `${shown}: its newest time is ${spanOf(skew)} ${skew > 0 ? 'ahead of' : 'behind'} the time at which it was written`,
        'set clock and time zone of the sensor; windows and first contacts follow the times in the log',
      ),
    )
  const behind = isLive && !isArchive(path) ? await unreadOf(path, progress.get(inodeOf(stats))) : undefined
  if (behind && now - Math.max(behind.since, writtenAt) > lagSecondsMax * 1000)
    findings.push(
      wrong(
        'input',
        `${shown}: the run has not read its last ${behind.bytes} bytes for ${spanOf(now - Math.max(behind.since, writtenAt))}`,
        'look for warnings in the log of the run (journalctl -u domainstats)',
      ),
    )
  if (findings.length > 0) return findings
  const count = examined.logs.length
  return [
    ok(
      'input',
      `${examined.name}: ${count} ${count === 1 ? 'log' : 'logs'}, written ${spanOf(now - writtenAt)} ago`,
    ),
  ]
}

/**
 * The bytes behind the checkpoint of a log; undefined if there is none, or no whole line behind it: a sensor writes
 * buffers, which end in mid-line.
 */
const unreadOf = async (path: string, progress: Progress | undefined) => {
  if (!progress) return undefined
  const { size } = await stat(path)
  const content = await openContent(path)
  const unread = await content.piece(progress.offset, examinedEndBytes).finally(content.close)
  return unread.includes(newline) ? { bytes: size - progress.offset, since: progress.movedAt } : undefined
}

/** The newest time of the events at the end of a log, epoch ms; undefined if there are none. A string says why it cannot be read. */
const lastTimeIn = async (
  path: string,
  format: Input['format'],
  { names_from }: Config,
): Promise<number | string | undefined> => {
  try {
    const content = await openContent(path)
    try {
      const { size } = await stat(path)
      const parser = openParser({ stated: format, sources: new Set(names_from), header: '' })
      const start = await content.piece(0, examinedBytesMax)
      // The columns of a Zeek TSV stand in its first lines.
      for (const line of wholeLinesIn(start)) if (line[0] === hash) parser.parse(line)
      const from = Math.max(0, size - examinedEndBytes)
      const end = [...wholeLinesIn(await content.piece(from, examinedEndBytes))]
      let newest: number | undefined
      for (const line of from === 0 ? end : end.slice(1)) {
        const events = parser.parse(line)
        for (const { ts } of typeof events === 'string' ? [] : events)
          if (Number.isFinite(ts)) newest = Math.max(newest ?? ts, ts)
      }
      return newest
    } finally {
      await content.close()
    }
  } catch (error) {
    return messageOf(error)
  }
}

const [hash, newline] = [0x23, 0x0a]

/** `3 minutes`, `2 hours`, `40 days`. */
const spanOf = (ms: number): string => {
  const minutes = Math.round(Math.abs(ms) / 60_000)
  const units = [
    [1440, 'day'],
    [60, 'hour'],
  ] as const
  const [size, unit] = units.find(([size]) => minutes >= 2 * size) ?? [1, 'minute']
  const count = Math.round(minutes / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
