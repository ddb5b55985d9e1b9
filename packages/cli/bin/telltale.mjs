#!/usr/bin/env node
/** The program that npm links. Beside dist and not in it: what is built only after the install would not be linked. */
import '../dist/main.js';
