const words = (list: string) => new Set(list.trim().split(/\s+/));

/**
 * Folders that hold no source of the folder's owner, whatever the ignore files say. Those of version control are left
 * out by the library.
 */
export const NEVER_SOURCE = ['node_modules', 'bower_components', '__pycache__', '.venv'];

/**
 * Outputs by custom. They are left out only where no ignore file speaks for the folder: with one, its author has
 * said what is output, and a `dist` or `target` that is not ignored is meant to be there.
 */
const OUTPUTS = words('dist out coverage target .next .nuxt .output .turbo .cache venv .tox');

/** Files in a folder that mark it as a cache or a virtual environment, by their names alone. */
const MARKS = new Set(['CACHEDIR.TAG', 'pyvenv.cfg']);

const BINARY = words(`
  png jpg jpeg gif webp avif bmp ico icns tif tiff psd ai eps heic raw cur
  mp3 mp4 m4a m4v wav ogg oga ogv flac aac mov avi mkv webm mid
  zip gz tgz bz2 xz zst br 7z rar tar jar war ear whl egg apk ipa dmg iso deb rpm msi cab crx xpi nupkg
  exe dll so dylib a o obj lib pdb class pyc pyo pyd wasm node bin dat beam rlib rmeta elc
  woff woff2 ttf otf eot
  pdf doc docx xls xlsx ppt pptx odt ods odp epub mobi
  db sqlite sqlite3 mdb parquet avro orc feather arrow npy npz pkl pickle h5 hdf5 onnx pt pth safetensors gguf
  tflite keras joblib
  p12 pfx jks keystore der gpg
  swp ds_store lockb
`);
const GENERATED = words('map tsbuildinfo snap');
const GENERATED_NAMES = words(`
  package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock deno.lock
  cargo.lock poetry.lock pdm.lock uv.lock pipfile.lock gemfile.lock composer.lock go.sum flake.lock
  mix.lock pubspec.lock podfile.lock packages.lock.json
`);

export function isMark(name: string): boolean {
  return MARKS.has(name);
}

export function isOutputFolder(name: string): boolean {
  return OUTPUTS.has(name);
}

/** False for a file whose name says that it is binary, a lock file or a source map. */
export function isSourceName(name: string): boolean {
  const lower = name.toLowerCase();
  if (GENERATED_NAMES.has(lower)) return false;
  const extension = lower.slice(lower.lastIndexOf('.') + 1);
  return !lower.includes('.') || !(BINARY.has(extension) || GENERATED.has(extension));
}

const SNIFFED_BYTES = 8_000;

/** Whether content is binary: a NUL in its first 8,000 bytes, which is git's rule. So UTF-16 looks binary, too. */
export function looksBinary(content: Uint8Array): boolean {
  return content.subarray(0, SNIFFED_BYTES).includes(0);
}
