/** The settings of the port that answers as APIify does. */
import * as z from 'zod'
import { docs, optional, path } from './kinds.js'
import { commandName, commandShape } from './schema-commands.js'
import { listen, readListen } from './schema-http.js'

export const apiifyShape = {
  command: optional(
    { schema: commandName, values: 'the name of a command' },
    'The command that is asked; with file, the name that the command of the file gets.',
  ),
  file: optional(
    path('the path of a file'),
    'An apiify.yaml: its command is declared as it stands there, and asked.',
  ),
  accepts: optional(
    { schema: commandShape.accepts, values: docs.get(commandShape.accepts)?.values ?? '' },
    'Which values the command of file may be asked about, if its program does not tell.',
  ),
  port: optional(
    listen,
    'Where it listens: at ip_address, unless an address is given. Without it as file says, or at 8000.',
  ),
}

export const apiify = {
  schema: z
    .strictObject(apiifyShape)
    .refine(
      ({ command, file }) => command !== undefined || file !== undefined,
      'has neither a command nor a file',
    )
    .refine(
      ({ accepts, file }) => accepts === undefined || file !== undefined,
      'has accepts without a file: a command has accepts of its own',
    )
    .readonly(),
  values: `a mapping with ${Object.keys(apiifyShape).join(', ')}`,
}

export type ApiifySettings = z.output<typeof apiify.schema>

/** Where APIify listens by its own apiify.yaml. */
export const apiifyPortDefault = '8000'

interface Fault {
  readonly path: string[]
  readonly input: string
  readonly message: string
}

/** What is wrong with the port beside other settings. */
export const apiifyFaults = (config: {
  readonly apiify?: ApiifySettings | undefined
  readonly commands: Readonly<Record<string, unknown>>
  readonly http: boolean
  readonly local_port: number
  readonly metrics_port?: string | undefined
}): readonly Fault[] => {
  const { apiify, commands, http, local_port, metrics_port } = config
  if (!apiify) return []
  const faults: Fault[] = []
  const { command, file, port = apiifyPortDefault } = apiify
  if (command !== undefined && file === undefined && !Object.hasOwn(commands, command))
    faults.push({ path: ['apiify', 'command'], input: command, message: 'is none of the commands' })
  const own = readListen(port)?.port
  const others = [
    ...(http ? [['http', local_port] as const] : []),
    ...(metrics_port === undefined ? [] : [['metrics_port', readListen(metrics_port)?.port] as const]),
  ]
  const [taken] = others.find(([, other]) => own !== 0 && other === own) ?? []
  if (taken !== undefined)
    faults.push({
      ...{ path: ['apiify', 'port'], input: port },
      message: `is the port of ${taken}, too: take another one`,
    })
  return faults
}
