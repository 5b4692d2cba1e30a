/** Loaded before a process of a test, in each of its threads: its wall clock is ahead by what a file says. */
import { readFileSync } from 'node:fs';

const file = process.env.HOLDFAST_TEST_CLOCK;
if (file === undefined)
  throw new Error('HOLDFAST_TEST_CLOCK names the file that says how far the clock is ahead');
const now = Date.now;
Date.now = () => now() + Number(readFileSync(file, 'utf8'));
