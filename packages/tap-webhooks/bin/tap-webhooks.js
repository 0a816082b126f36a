#!/usr/bin/env node
// A signal must not meet a program that does not listen yet, so this comes before the rest is loaded.
import '@tap-webhooks/singer/signals';

await import('../dist/cli.js');
