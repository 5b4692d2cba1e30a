import { expect, test } from 'vitest';
import { count } from './suite.ts';

const report = (numPassedTests: number, numFailedTests: number, testResults: object[] = []) =>
  JSON.stringify({ numPassedTests, numFailedTests, testResults });

test('counts what passed and what failed', () => {
  expect(count(report(7, 2), 1)).toMatchObject({ passed: 7, failed: 2 });
  expect(count(report(7, 0), 0)).toMatchObject({ passed: 7, failed: 0 });
});

test('a file that breaks before its first test is one failure', () => {
  const files = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{}] },
    { status: 'passed', assertionResults: [{}] },
  ];
  expect(count(report(1, 1, files), 1)).toMatchObject({ passed: 1, failed: 2 });
});

test('a run that fails though every test passed is one failure', () => {
  expect(count(report(7, 0), 1)).toMatchObject({ passed: 7, failed: 1 });
  expect(count(report(7, 0), null)).toMatchObject({ passed: 7, failed: 1 });
});

test('a run without a single test is a failure', () => {
  expect(count(report(0, 0), 0)).toMatchObject({ passed: 0, failed: 1 });
});
