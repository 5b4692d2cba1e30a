import { runCommand } from '../cli/command.ts';

process.exitCode = await runCommand(['demo', ...process.argv.slice(2)]);
