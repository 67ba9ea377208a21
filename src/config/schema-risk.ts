/** The settings of `risk`. */
import * as z from 'zod'
import { riskMax } from '../limits.js'
import { riskFactors } from '../model/risk.js'
import { droppableAlerts } from '../model/tag.js'
import { setting, whole } from './kinds.js'

const weight = whole(0, riskMax, 'percent')

export const riskShape = {
  weights: setting(
    {
      schema: z.partialRecord(z.enum([...droppableAlerts, ...riskFactors]), weight.schema),
      values:
        'a mapping of alerts, age, rarity, qtype_txt, qtype_null or trust to whole numbers from 0 to 100',
    },
    {},
    'Weights in percent in place of those in docs/risk.md; 0 leaves a reason out.',
  ),
  min_risk: setting(whole(0, riskMax), 0, 'With emit: alerts, records of a lower risk are left out.'),
}

export const risk = {
  schema: z.strictObject(riskShape).readonly(),
  values: 'a mapping with weights and min_risk',
}
