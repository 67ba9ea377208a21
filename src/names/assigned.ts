/**
 * Names that a provider assigns to an edge of its content network, a load balancer or a virtual machine. The Public
 * Suffix List has their parents in its private section, so each such name is a domain of its own. Providers generate
 * them, and a site sees new ones all day: they raise no first contact.
 */
import { suffixesOf } from './hostname.js'

/** The parents of assigned names, by provider, under the terms of the provider's documents. */
export const assignedBelow: ReadonlySet<string> = new Set([
  // Amazon: CloudFront "distribution domain name", Elastic Load Balancing and Global Accelerator "DNS name", EC2
  // "public DNS name".
  'cloudfront.net',
  'elb.amazonaws.com',
  'compute.amazonaws.com',
  'compute-1.amazonaws.com',
  'awsglobalaccelerator.com',
  // Akamai: edge hostnames.
  'akamai.net',
  'akamaiedge.net',
  'akamaihd.net',
  'akamaized.net',
  'edgekey.net',
  'edgesuite.net',
  // Microsoft: Azure CDN, Front Door and Traffic Manager endpoints.
  'azureedge.net',
  'azurefd.net',
  'trafficmanager.net',
  // Fastly: names of its TLS and shared domains.
  'fastly.net',
  'fastlylb.net',
  'fastly-edge.com',
  // Cloudflare: the target of a CNAME set-up. CDN77: resource names.
  'cdn.cloudflare.net',
  'cdn77-ssl.net',
  'rsc.cdn77.org',
])

/** @param domain a registered domain by the whole Public Suffix List, in A-labels */
export const isAssigned = (domain: string): boolean => {
  for (const parent of suffixesOf(domain)) if (parent !== domain && assignedBelow.has(parent)) return true
  return false
}
