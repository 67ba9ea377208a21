/** What `risk` of a record takes into account beside its alerts: see detect/risk.ts. Reasons and settings name them so. */
export const riskFactors = ['age', 'rarity', 'qtype_txt', 'qtype_null', 'trust'] as const
export type RiskFactor = (typeof riskFactors)[number]
