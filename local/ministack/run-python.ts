import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { ensurePython } from './python-environment';

/* Runs the Python of the local AWS's virtual environment with the given arguments: `tsx run-python.ts -m pytest …`. */
ensurePython().then((python) => {
  mkdirSync('test-reports', { recursive: true });
  process.exitCode = spawnSync(python, process.argv.slice(2), { stdio: 'inherit' }).status ?? 1;
}).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
