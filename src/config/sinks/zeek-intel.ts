/** The settings of sinks of type `zeek-intel`. */
import * as z from 'zod'
import { zeekIntelRowsMax } from '../../limits.js'
import { droppableAlerts } from '../../model/tag.js'
import { path, required, setting, whole } from '../kinds.js'

const reasons = {
  schema: z.array(z.enum(['NEW', ...droppableAlerts])).min(1),
  values: 'a list of alerts, and of NEW for the category',
}

export const zeekIntelShape = {
  path: required(
    path('the path of a file'),
    'The file for Zeek. It is replaced as a whole, and belongs to this sink.',
  ),
  alerts: setting(
    reasons,
    ['YOUNG', 'RE-REGISTERED', 'TAGGED-THREAT'],
    'What brings a domain and the name that was asked into the file; a tag brings only the name.',
  ),
  source: setting(
    {
      schema: z
        .string()
        .max(64)
        .regex(/^[\w.@:/][\w.@:/-]*$/, 'is not a word'),
      values: 'a word of at most 64 letters, digits and ._@:/-',
    },
    'domainstats',
    'Who says so: meta.source of the rows.',
  ),
  rows_max: setting(
    whole(100, zeekIntelRowsMax, 'rows'),
    20_000,
    'Names in the file; beyond it, the oldest leave.',
  ),
  every_seconds: setting(
    whole(1, 20, 'seconds'),
    5,
    'The file is replaced at most so often, since Zeek reads all of it each time.',
  ),
}
