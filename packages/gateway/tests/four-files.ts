/** A folder's files, of which Git leaves one out. */
export const sources = {
  'a.ts': 'export function a() {}\n',
  'b.py': 'def b():\n    pass\n',
  'docs/c.md': '# C\n\ntext\n',
  '.gitignore': 'secret.txt\n',
  'secret.txt': 'hidden\n',
};
/** Those that are read. */
export const files = 4;
