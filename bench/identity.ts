// An issuer of tokens and a credentials URI, in the process of the load, since each gets only rare requests.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const ISSUER = 'https://bench.example';
const AUDIENCE = 'bench';
const LIFE_SECONDS = 4 * 3600;

export interface Identity {
  readonly token: string;
  /** Settings under which the server accepts the tokens. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Settings under which the server uses the credential chain, which has only this URI. */
  readonly chain: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startIdentity(): Promise<Identity> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench' }] });
  const token = await new SignJWT({
    sub: 'bench',
    name: 'A caller of the bench',
    groups: ['a', 'b'],
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(`${LIFE_SECONDS} s`)
    .sign(privateKey);
  const server = createServer((req, res) => res.end(req.url === '/jwks' ? jwks : temporaryKeys()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    token,
    tokens: {
      AUTH: 'jwt',
      API_KEYS_FILE: '',
      JWT_JWKS: `${url}/jwks`,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
    },
    chain: {
      ALIBABA_CLOUD_ACCESS_KEY_ID: '',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: '',
      ALIBABA_CLOUD_CREDENTIALS_URI: `${url}/keys`,
      ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true',
      ALIBABA_CLOUD_CLI_PROFILE_DISABLED: 'true',
      ALIBABA_CLOUD_CREDENTIALS_FILE: '/dev/null',
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function temporaryKeys(): string {
  const end = new Date(Date.now() + LIFE_SECONDS * 1000).toISOString();
  return JSON.stringify({
    AccessKeyId: 'STS.bench',
    AccessKeySecret: 'bench-secret',
    SecurityToken: 'bench-token',
    Expiration: `${end.slice(0, 19)}Z`,
  });
}
