/**
 * The file systems whose changes are all made by this machine's kernel, which tells of them. Others are changed by
 * other machines or by programs, and tell of nothing or of a part. By the magic numbers of statfs(2).
 */
const telling: ReadonlySet<bigint> = new Set([
  0xef53n, // ext2, ext3, ext4
  0x58465342n, // xfs
  0x9123683en, // btrfs
  0x01021994n, // tmpfs
  0x794c7630n, // overlayfs
  0x2fc12fc1n, // zfs
  0xf2f52010n, // f2fs
  0xca451a4en, // bcachefs
  0x858458f6n, // ramfs
  0x52654973n, // reiserfs
  0x3153464an, // jfs
  0x3434n, // nilfs2
  0x2011bab0n, // exfat
  0x4d44n, // vfat
  0x7366746en, // ntfs3
  0x482bn, // hfsplus
  0x15013346n, // udf
  0xe0f5e1e2n, // erofs
  0x73717368n, // squashfs
  0x9660n, // iso9660
]);

export function tellsOfChanges(fileSystem: bigint): boolean {
  return telling.has(BigInt.asUintN(32, fileSystem));
}

/** As people find it in statfs(2): `0x6969`. */
export function nameOf(fileSystem: bigint): string {
  return `0x${BigInt.asUintN(32, fileSystem).toString(16)}`;
}
