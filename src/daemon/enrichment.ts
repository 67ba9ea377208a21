/** The commands of the settings, whether they are asked over HTTP or about records (`enrich`). */
import type { Config } from '../config/schema.js'
import { Enricher, type EnricherOptions } from '../enrich/enricher.js'
import { enrichmentBy, type Enrich } from '../enrich/enrichment.js'
import type { Commands, CommandsOptions } from '../programs/commands.js'
import type { Store } from '../store/store.js'

export interface Enrichment {
  /** Undefined if nothing asks them. */
  readonly commands: Commands | undefined
  readonly enrich: Enrich
  /** Undefined for a pass that is no `run`. */
  readonly enricher: Enricher | undefined
}

interface EnrichmentSettings {
  readonly config: Config
  readonly dir: string | undefined
  /** It is a `run`. */
  readonly exclusive: boolean
}

type EnrichingOptions = Pick<EnricherOptions, 'committer' | 'policy'> &
  Pick<CommandsOptions, 'reduce' | 'network' | 'clock' | 'telemetry'> & { readonly store: Store }

const isAsked = ({ commands, enrich, apiify, http, http_serve }: Config): boolean =>
  Object.keys(commands).length > 0 &&
  (enrich.length > 0 || apiify !== undefined || (http && http_serve.includes('commands')))

/**
 * Opens the commands, and what enriches records with their answers.
 *
 * @param variables the environment of domainstats
 * @throws Error that names the setting, if a command cannot be used
 */
export const openEnrichment = async (
  { config, dir, exclusive }: EnrichmentSettings,
  { store, reduce, network, committer, policy, clock, telemetry }: EnrichingOptions,
  variables: CommandsOptions['variables'] = {},
): Promise<Enrichment> => {
  if (!exclusive || dir === undefined)
    return { commands: undefined, enrich: written => written, enricher: undefined }
  const open = async () => {
    const { openCommands } = await import('../programs/commands.js')
    const answers = store.commandAnswers()
    return openCommands({
      ...{ commands: config.commands, dir, variables, reduce, network, answers, clock, telemetry },
    })
  }
  const commands = isAsked(config) ? await open() : undefined
  const entries = config.enrich
  const enricher = new Enricher({
    ...{ commands, entries, store, committer, policy, clock, telemetry },
    atOnce: name => config.commands[name]?.at_once ?? 1,
  })
  const enrich = enrichmentBy({ entries, kept: (name, value) => commands?.known(name, value), policy })
  return {
    ...{ commands, enricher },
    enrich: (written, known, now) => {
      const enriched = enrich(written, known, now)
      if ((enriched.newEnrichments ?? []).length > 0) enricher.call()
      return enriched
    },
  }
}
