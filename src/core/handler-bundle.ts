import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ASSETS = 'assets';
const IN_ASSETS = join('lambda', 'index');

/**
 * The folder with the handler's code. In an app that is bundled into one file, this module is somewhere else than in the
 * package, so a folder beside that file counts as well.
 */
export function bundlePath(module = __dirname): string {
  const inPackage = join(module, '..', '..', ASSETS, IN_ASSETS);
  const besideBundle = join(module, ASSETS, IN_ASSETS);
  const found = [inPackage, besideBundle].find((path) => existsSync(join(path, 'index.js')));
  if (found !== undefined) return found;
  throw new Error(`the code of the handler must be in '${inPackage}' or '${besideBundle}', got: no 'index.js' in either; `
    + `if the app is bundled into one file, copy the folder '${ASSETS}' of the package 'cdk-iot-streams' into '${module}'`);
}
