import { spawnSync } from 'node:child_process';

/** For tests that lower a limit of the kernel's, which they may only where nobody else is under it. @throws where they may not */
export function needUserNamespaces(): void {
  const { status, stderr, error } = spawnSync('unshare', ['-Ur', 'true'], { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(
    `this test lowers the limit of watches in a user namespace of its own, and \`unshare -Ur true\` fails ` +
      `(${error?.message ?? stderr.trim()}). Install util-linux and allow user namespaces: set the sysctl ` +
      'user.max_user_namespaces above 0 and, where they exist, kernel.unprivileged_userns_clone to 1 and ' +
      'kernel.apparmor_restrict_unprivileged_userns to 0; in a container, start it with --privileged.',
  );
}
