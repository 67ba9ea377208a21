/** `domainstats commands import`: the settings of an APIify as settings of domainstats. */
import { readFile } from 'node:fs/promises'
import { Document, isMap, isSeq } from 'yaml'
import { type ApiifyImport, readApiify } from '../config/apiify-file.js'
import { ConfigError } from '../config/problem.js'
import { editYaml } from '../config/yaml-edit.js'
import { jsonEscaped } from '../output/json.js'
import { type Io, UsageError, writeAll } from './io.js'
import { editSettings } from './settings.js'

export interface ImportApiifyFlags {
  readonly file: string
  /** Undefined: the name of the program. */
  readonly name: string | undefined
  /** Undefined: by the program. */
  readonly accepts: string | undefined
  /** Whether the settings of the data folder are changed. */
  readonly write: boolean
  /** Undefined: the settings are printed. */
  readonly data: string | undefined
}

const portOf = ({ name, port }: ApiifyImport) => ({ command: name, port })

/** Words and flags stand in one line. */
const yamlOf = (read: ApiifyImport): string => {
  const { name, command } = read
  const document = new Document({ commands: { [name]: command }, apiify: portOf(read) })
  for (const path of [['argv'], ['result', 'flags']]) {
    const list = document.getIn(['commands', name, ...path])
    if (isSeq(list)) list.flow = true
  }
  const apiify = document.get('apiify')
  if (isMap(apiify)) apiify.flow = true
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

const readText = async (file: string): Promise<string> => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8 text' : String(error)
    throw new UsageError(`${jsonEscaped(file)} cannot be read: ${jsonEscaped(why)}`)
  }
}

/** Adds the command to the settings, and its port if there is none. */
const write = (read: ApiifyImport, data: string, io: Io): Promise<void> =>
  editSettings(
    data,
    (before, { commands, apiify }) => {
      const { name, command } = read
      if (Object.hasOwn(commands, name))
        throw new UsageError(
          `There is a command ${name} in the settings already. Give another name by --name.`,
        )
      const declared = editYaml(before, ['commands', name], command)
      if (!apiify) return editYaml(declared, ['apiify'], portOf(read))
      io.stderr.write(`apiify is set already, for ${apiify.command ?? ''}: it stays\n`)
      return declared
    },
    io,
  )

/**
 * Prints the settings, or writes them.
 *
 * @throws UsageError if the file cannot be read, the name is taken, or a flag is missing; ConfigError with all that is wrong with it
 */
export const importApiify = async (flags: ImportApiifyFlags, io: Io): Promise<void> => {
  const { file, name, accepts, data } = flags
  if (flags.write && data === undefined) throw new UsageError('--write needs --data DIR.')
  const read = readApiify(await readText(file), { name, accepts })
  if ('findings' in read) throw new ConfigError(read.findings.map(finding => ({ file, ...finding })))
  if (!flags.write || data === undefined) {
    const notes = read.notes.map(note => `# ${note}\n`)
    await writeAll(io.stdout, [...notes, yamlOf(read)], io.signal)
    return
  }
  await write(read, data, io)
  for (const note of read.notes) io.stderr.write(`${note}\n`)
}
