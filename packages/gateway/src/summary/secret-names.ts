/** Names that hold secrets by custom, in lower case: keys, passwords, tokens, the state of a deployment. */
const secret: readonly RegExp[] = [
  /^\.env(?:rc|[._-].+)?$/,
  /\.env$/,
  /\.(?:pem|key|ppk|asc|kdbx?|ovpn|tfstate|tfvars)(?:\.(?:backup|json))?$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)/,
  /^\.(?:netrc|npmrc|pypirc|pgpass|htpasswd|git-credentials|dockercfg|my\.cnf|s3cfg|boto)$/,
  /^(?:.+[._-])?(?:credentials?|secrets?|service[-_]account|kubeconfig)(?:\.(?:json|ya?ml|toml|ini|txt|env|xml|properties))?$/,
  // As Google names what is downloaded of an OAuth client.
  /^client_secret_.+\.json$/,
  // Where this gateway's own key may stand: `gemini-key`.
  /^(?:.*[._-])?(?:key|token|password|passphrase|pass)(?:\.txt)?$/,
];

/** Written to be read by everybody: `.env.example`. */
const isExample = /\.(?:example|sample|template|dist|defaults?)$/;

/**
 * Whether a file of this name is likely to hold secrets, so that its text leaves the machine for nobody's sake. Names alone
 * are looked at: a key in the middle of a source is not found.
 */
export function isSecretName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return !isExample.test(name) && secret.some((pattern) => pattern.test(name));
}
