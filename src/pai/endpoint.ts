// The base URLs of a region, by Alibaba Cloud’s rule; they are not looked up.

/**
 * Built from the rule and never copied from a list: the official maps contain a trailing TAB in some hosts and the VPC
 * host for one public region.
 */
export function regionalEndpoint(region: string, network: 'public' | 'vpc'): string {
  const product = network === 'vpc' ? 'aiworkspace-vpc' : 'aiworkspace';
  return `https://${product}.${region}.aliyuncs.com`;
}

/** The security token service of the same region, which gives temporary keys for OIDC tokens. */
export function stsEndpoint(region: string, network: 'public' | 'vpc'): string {
  return `https://${network === 'vpc' ? 'sts-vpc' : 'sts'}.${region}.aliyuncs.com`;
}
