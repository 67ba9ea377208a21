/** Reads the blocks of a page of docs/, and runs its commands on a machine that is a folder. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { program } from '../process.js'

/** The blocks of a language in a page, without the margin of a list. */
export const blocksIn = (page: string, language: string): string[] =>
  [...page.matchAll(new RegExp(`^( *)\`\`\`${language}\n([^]*?)\n *\`\`\`$`, 'gm'))].map(
    ([, margin = '', text = '']) => text.replace(new RegExp(`^${margin}`, 'gm'), ''),
  )

export interface Machine {
  readonly root: string
  /** Writes a program; what it does is a script of sh. */
  readonly script: (path: string, text: string) => void
  /** Runs commands of the page; paths of the machine are below its folder. */
  readonly run: (commands: string) => {
    readonly status: number | null
    readonly text: string
    readonly stdout: string
  }
  /** A text of the page with paths below the folder. */
  readonly here: (text: string) => string
}

/**
 * There are no services and no other users on it: `systemctl` notes its words in the file `systemctl`, and `install` leaves
 * owners alone.
 *
 * @param folders those that are there
 */
export const openMachine = (root: string, folders: readonly string[]): Machine => {
  const bin = join(root, 'bin')
  for (const folder of ['bin', ...folders]) mkdirSync(join(root, folder), { recursive: true })
  const script = (path: string, text: string) => {
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
  }
  script(join(bin, 'systemctl'), `echo "$@" >> ${root}/systemctl`)
  script(
    join(bin, 'install'),
    'while [ "$1" = -o ] || [ "$1" = -g ]; do shift 2; done\nexec /usr/bin/install "$@"',
  )
  script(join(bin, 'domainstats'), `exec ${execPath} ${program} "$@"`)
  const here = (text: string) => text.replace(/(?<![\w.])\/(?=(?:var|etc)\/)/g, `${root}/`)
  const env = { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin` }
  const run = (commands: string) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-ec', here(commands)], { encoding: 'utf8', env })
    return { status, stdout, text: `${commands}\n${stdout}${stderr}` }
  }
  return { root, script, run, here }
}
