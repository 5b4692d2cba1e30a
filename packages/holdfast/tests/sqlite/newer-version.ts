/** Loaded before a process of a test, in each of its threads: it is of a version to come, whose files have one step more. */
import { steps } from '../../src/adapters/sqlite/schema.ts';

(steps as string[]).push('ALTER TABLE records ADD COLUMN rank REAL NOT NULL DEFAULT 0');
