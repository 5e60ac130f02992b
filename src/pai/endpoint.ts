// The base URL of a region, by PAI's rule; it is not looked up.

/**
 * Built from the rule and never copied from a list: the official maps carry a trailing TAB in some
 * hosts and the VPC host for one public region.
 */
export function regionalEndpoint(region: string, network: 'public' | 'vpc'): string {
  const product = network === 'vpc' ? 'aiworkspace-vpc' : 'aiworkspace';
  return `https://${product}.${region}.aliyuncs.com`;
}
