#!/usr/bin/env node
// Beside dist and not in it: npm links a program at install time, and leaves out one that is built only later.
import '../dist/main.js';
