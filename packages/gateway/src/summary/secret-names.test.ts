import { expect, test } from 'vitest';
import { isSecretName } from './secret-names.ts';

test.each([
  '.env',
  'deploy/.env.production',
  'prod.env',
  '.ENV.local',
  'certificates/server.pem',
  'server.key',
  'home/.ssh/id_ed25519',
  'id_rsa.old',
  '.npmrc',
  '.netrc',
  'config/credentials.json',
  'secrets.yaml',
  'service-account.json',
  'terraform.tfstate.backup',
  'prod.tfvars',
  'prod.tfvars.json',
  '.envrc',
  '.env-staging',
  '.env_local',
  'client_secret_1234.apps.googleusercontent.com.json',
  'client-secrets.json',
  '.config/gemini-key',
  'api_key.txt',
  'token',
  'db.password',
  '.vault-pass',
  '.aws/credentials',
  '.s3cfg',
  'tls.key.pem',
  'google-credentials.json',
])('%s is taken for a secret by its name', (path) => {
  expect(isSecretName(path)).toBe(true);
});

test.each([
  '.env.example',
  '.env.sample',
  'env.ts',
  'src/environment.ts',
  'src/secret-names.ts',
  'credentials.ts',
  'docs/secrets.md',
  'keys.ts',
  'monkey.ts',
  'secrets/README.md',
  'environment',
  '.envoy.yaml',
  'monkey',
  'turkey.txt',
  'token.ts',
  'token.test.ts',
  'tokens.json',
  'password.html',
  'client_secret.ts',
  'package.json',
])('%s is not', (path) => {
  expect(isSecretName(path)).toBe(false);
});
