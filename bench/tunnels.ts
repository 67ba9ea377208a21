/**
 * Shows what is measured of the names of known tunnels and of services that look like them, and how many questions it
 * takes until DNS-TUNNEL is raised; then the alerts that the real logs of the shared test data raise:
 *
 *   npx tsc -p bench && node build/bench/tunnels.js [../shared/data]
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { kinds, namesOf, type Kind } from '../src/detect/testing/tunnels.js'
import { Memory } from '../src/detect/memory.js'
import {
  clientCount,
  entropyOf,
  isCoded,
  areDigests,
  measured,
  tunnelIn,
  type Measures,
  type NewName,
} from '../src/detect/tunnel.js'
import { chanceFrom } from '../src/testing/chaos/chance.js'
import { program } from '../src/testing/process.js'

/** As many as max_names_per_domain allows. */
const names = 100
const seeds = 200

/** The number of the name with which DNS-TUNNEL was raised; undefined if it never was. */
const raisedAt = (all: readonly NewName[]): number | undefined => {
  const memory = new Memory(() => undefined)
  const at = all.findIndex((one, i) => tunnelIn(memory, one, i + 1, 0) !== undefined)
  return at === -1 ? undefined : at + 1
}

const print = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`)

const figuresOf = (all: readonly NewName[]): readonly (string | number)[] => {
  const found = all.reduce<Measures | undefined>((before, one) => measured(before, one) ?? before, undefined)
  if (!found) return ['', '', '', '', '', '', '']
  return [
    (found.chars / found.names).toFixed(1),
    found.labelMax,
    `${Math.round((100 * found.payloadNames) / found.names)} %`,
    entropyOf(found.counts).toFixed(2),
    isCoded(found) ? 'yes' : '',
    areDigests(found) ? 'yes' : '',
    clientCount(found),
  ]
}

const printKind = (kind: Kind): boolean => {
  const raised = Array.from({ length: seeds }, (_, seed) => raisedAt(namesOf(kind, chanceFrom(seed), names)))
  const found = raised.filter(at => at !== undefined)
  const [least, most] = [Math.min(...found), Math.max(...found)]
  const when = found.length === 0 ? 'never' : least === most ? least : `${least} to ${most}`
  const part = found.length === 0 || found.length === seeds ? '' : ` in ${found.length} of ${seeds}`
  print([kind.name, ...figuresOf(namesOf(kind, chanceFrom(0), names)), `${when}${part}`])
  return found.length === (kind.isTunnel ? seeds : 0)
}

const heads = [
  'names',
  'new characters a name',
  'longest label',
  'TXT and the like',
  'bits a character',
  'coded',
  'digests',
  'clients',
]
print([...heads, 'raised at name'])
print(Array.from({ length: heads.length + 1 }, () => '---'))
let isRight = true
for (const kind of kinds) isRight = printKind(kind) && isRight

/** Folders of the shared test data, each of which is read as the logs of one site. */
const sites = [
  'zeek',
  'zeek/rita-rotated/2024-04-19',
  'eve',
  'eve/suricata-7.0.10/v2',
  'eve/suricata-8.0.7/v3',
]

/** What the real logs raise, read by the real program. */
const scanLogs = (dir: string): void => {
  for (const site of sites) {
    const files = readdirSync(join(dir, site)).filter(name => /(dns|eve).*\.(log|json)(\.gz)?$/.test(name))
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [program, 'scan', ...files.map(name => join(dir, site, name))],
      { encoding: 'utf8', maxBuffer: 2 ** 28 },
    )
    console.log(`\n${site}: ${files.length} logs, ${/\d+ questions/.exec(stderr)?.[0] ?? stderr}`)
    for (const line of stdout.split('\n')) {
      const alert = /"DNS-TUNNEL:\d+"/.exec(line)?.[0]
      if (alert !== undefined) console.log(`${alert} ${/"domain":"[^"]*"/.exec(line)?.[0] ?? line}`)
    }
  }
}

const dir = process.argv[2] ?? join('..', 'shared', 'data')
if (existsSync(dir)) scanLogs(dir)
else console.error(`tunnels: ${dir} is not there; name the folder of the shared test data`)
if (!isRight) process.exitCode = 1
