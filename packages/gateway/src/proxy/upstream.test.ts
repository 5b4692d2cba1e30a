import { expect, test } from 'vitest';
import { parseUpstream } from './upstream.ts';

test.each([
  ['https://generativelanguage.googleapis.com', 'https://generativelanguage.googleapis.com', false],
  ['https://gateway.example/team/gemini/', 'https://gateway.example/team/gemini', false],
  ['https://gateway.example:8443//', 'https://gateway.example:8443', false],
  ['http://127.0.0.1:4000', 'http://127.0.0.1:4000', true],
  ['http://127.1:4000/x', 'http://127.0.0.1:4000/x', true],
  ['http://localhost:4000/', 'http://localhost:4000', true],
  ['http://[::1]:4000', 'http://[::1]:4000', true],
  ['https://localhost', 'https://localhost', true],
])('%s is the base URL %s', (text, baseUrl, isLoopback) => {
  expect(parseUpstream(text)).toEqual({ baseUrl, isLoopback });
});

test.each([
  ['', 'must be an address'],
  ['generativelanguage.googleapis.com', 'must be an address'],
  ['file:///etc/passwd', 'must be an address'],
  ['ftp://127.0.0.1', 'must be an address'],
  ['http://provider.example', 'must begin with https://'],
  ['http://127.0.0.1.evil.example', 'must begin with https://'],
  ['http://localhost.evil.example', 'must begin with https://'],
  ['http://0.0.0.0:1', 'must begin with https://'],
  ['https://user:CANARY@provider.example', 'must have no user name or password'],
  ['https://CANARY@provider.example', 'must have no user name or password'],
  ['https://provider.example?key=CANARY', 'must have no query'],
  ['https://provider.example/?', 'must have no query'],
  ['https://provider.example#CANARY', 'must have no query'],
])('%j %s, and what it holds is not told', (text, problem) => {
  expect(() => parseUpstream(text)).toThrow(problem);
  expect(() => parseUpstream(text)).not.toThrow('CANARY');
});
